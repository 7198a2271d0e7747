import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBodyTemplate, type BodyTemplate } from './body-template.ts'
import { renderBody } from './request-body.ts'
import { createBufferPool } from '../../contract/buffer-pool.ts'

function parsed(text: string): BodyTemplate {
  const template = parseBodyTemplate(text)
  if ('fault' in template) throw new Error(template.fault)
  return template
}
const fault = (text: string) => {
  const template = parseBodyTemplate(text)
  return 'fault' in template ? template.fault : null
}

test.each([
  ['{"rows": 1}', /exactly once/],
  ['[{{ rows }}, {{ rows }}]', /exactly once/],
  ['[{{ rows }}, {{ row }}]', /exactly once/],
  ['{"rows": {{ row s }}}', /no {{ row s }}.*Did you mean/],
  ['{"key": {{ secret.key }}, "rows": {{ rows }}}', /no {{ secret.key }}/],
  ['{"rows": {{ rows }}', /no valid JSON/],
  ['{"rows": "{{ rows }}"}', /no valid JSON.*quotation marks/],
  ['{"id": "{{ run }}", "rows": {{ rows }}}', /no valid JSON/],
  ['{{{ row }}: 1}', /there is no|no valid JSON/],
  ['{"a": "{{", "rows": {{ rows }}}', /there is no/],
])('a template that cannot make JSON is refused with the reason: %s', (text, reason) => expect(fault(text)).toMatch(reason))

const value = fc.string({ unit: 'binary' })
const facts = fc.record({ id: value, run: value, now: value, dataset: value })
const rows = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), { minLength: 1, maxLength: 5 })
const linesOf = (all: readonly unknown[]) => Buffer.from(all.map((row) => JSON.stringify(row)).join('\n'))
/** What JSON can carry: -0 is written as 0. */
const plain = (all: unknown) => JSON.parse(JSON.stringify(all)) as unknown

/** Buffers are used again: what was in them must not show. */
const buffers = createBufferPool(2)
const rendered = (...given: [Parameters<typeof renderBody>[0], Parameters<typeof renderBody>[1]]): Buffer => {
  const { bytes, giveBack } = renderBody(...given, buffers)
  const copy = Buffer.from(bytes)
  giveBack()
  return copy
}

test('a body is JSON that holds exactly the rows and the facts, whatever is in them', () => {
  const template = parsed('{"b": {{ batch }}, "n": [{{now}}], {{ run }}: null, "d": {{ dataset }}, "rows": {{ rows }}, "end": {{batch}}}')
  fc.assert(
    fc.property(rows, facts, (all, { id, run, now, dataset }) => {
      const body = rendered({ format: 'json', template }, { lines: linesOf(all), id, run, now, dataset })
      const entries = [
        ['b', id],
        ['n', [now]],
        [run, null],
        ['d', dataset],
        ['rows', plain(all)],
        ['end', id],
      ] as const
      expect(JSON.parse(body.toString())).toEqual(plain(Object.fromEntries(entries)))
    }),
  )
})

test('every template that is taken makes JSON of every batch', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '1',
    '"a"',
    '"a":',
    '\\',
    ' ',
    '{{ now }}',
    '{{ run }}',
    '{{ batch }}',
    '{{ dataset }}',
    '{{ rows }}',
  )
  const json = fc.json({ maxDepth: 3 }).map((text) => text.replace(/"[^"\\]{0,3}"(?=[,\]}])/, '{{ rows }}'))
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    json,
  )
  let taken = 0
  fc.assert(
    fc.property(text, rows, facts, (source, all, given) => {
      const template = parseBodyTemplate(source)
      if ('fault' in template) return
      taken += 1
      JSON.parse(rendered({ format: 'json', template }, { lines: linesOf(all), ...given }).toString())
    }),
    { numRuns: 2000 },
  )
  expect(taken).toBeGreaterThan(20)
})

test('NDJSON is the lines as they came', () => {
  fc.assert(
    fc.property(rows, (all) => {
      const body = rendered({ format: 'ndjson' }, { lines: linesOf(all), id: '', run: '', now: '', dataset: '' })
      expect(body.toString()).toBe(`${linesOf(all)}\n`)
    }),
  )
})

test('the batch itself is left as it was', () => {
  const lines = linesOf([{ a: 1 }, { a: 2 }])
  const before = Buffer.from(lines)
  rendered({ format: 'json', template: parsed('{{ rows }}') }, { lines, id: '', run: '', now: '', dataset: '' })
  expect(lines).toEqual(before)
})
