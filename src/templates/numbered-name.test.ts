import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberedName } from './numbered-name.ts'

/** Names made of the pieces that matter, beside any text. */
const anyName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom('..', '.', '', '/', '\\', 'a', '\0', 'b.csv', '~', 'ü'), { maxLength: 6 }).map((parts) => parts.join('/')),
)

test.each([
  ['report.csv', 'report_2.csv'],
  ['report.csv.gz', 'report_2.csv.gz'],
  ['v1.2/report.CSV.PGP', 'v1.2/report_2.CSV.PGP'],
  ['archive.zip', 'archive_2.zip'],
  ['report', 'report_2'],
  ['v1.2/report', 'v1.2/report_2'],
  ['.DONE', '.DONE_2'],
  ['.gz', '.gz_2'],
  ['customers_2026.11.23.csv', 'customers_2026.11.23_2.csv'],
])('the second copy of %s is %s', (name, expected) => {
  expect(numberedName(name, 2)).toBe(expected)
  expect(numberedName(name, 0)).toBe(name)
})

test('different numbers make different names in the same folder', () => {
  fc.assert(
    fc.property(anyName, fc.nat(9999), fc.nat(9999), (name, one, other) => {
      fc.pre(one !== other)
      expect(numberedName(name, one)).not.toBe(numberedName(name, other))
      expect(numberedName(name, one).split('/').slice(0, -1)).toEqual(name.split('/').slice(0, -1))
    }),
  )
})
