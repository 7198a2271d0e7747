import { resolve, sep } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitName } from './target-name.ts'

/** Names made of the pieces that matter, beside any text. */
const anyName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom('..', '.', '', '/', '\\', 'a', '\0', 'b.csv', '~', 'ü'), { maxLength: 6 }).map((parts) => parts.join('/')),
)

test('a name that is taken stays below the folder, whatever it is', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      try {
        const { folders, file } = splitName(name)
        const path = resolve('/base', ...folders, file)
        expect(path.startsWith(`/base${sep}`)).toBe(true)
        expect(path).toBe(`/base/${name}`)
      } catch (error) {
        expect(error).toMatchObject({ code: 'FILE_NAME_INVALID' })
      }
    }),
  )
})

test('ordinary names are taken apart', () => {
  expect(splitName('report.csv')).toEqual({ folders: [], file: 'report.csv' })
  expect(splitName('2026/11/.report.csv.run.part')).toEqual({ folders: ['2026', '11'], file: '.report.csv.run.part' })
})
