import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseYamlDocuments } from './yaml-documents.ts'
import { documentsToYaml } from './yaml-export.ts'

test('writes fields in the order of the schema, one document per object, SQL as a block', () => {
  const yaml = documentsToYaml([
    {
      sql: 'SELECT 1\nFROM t\n',
      database: 'shop',
      name: 'q',
      kind: 'query',
      parameters: { since: { default: '2026-01-01', type: 'date' } },
    },
    { kind: 'template', name: 't', type: 'file', settings: { header: true, format: 'csv' }, mapping: [{ to: 'ID', from: 'id' }] },
    {
      priority: 1,
      retry: { within: '6h', attempts: 2 },
      delivery: { key: ['id'], mode: 'append' },
      destination: 'd',
      kind: 'orchestration',
    },
  ])
  expect(yaml).toBe(`kind: query
name: q
database: shop
parameters:
  since:
    type: date
    default: 2026-01-01
sql: |
  SELECT 1
  FROM t
---
kind: template
name: t
type: file
settings:
  format: csv
  header: true
mapping:
  - from: id
    to: ID
---
kind: orchestration
destination: d
delivery:
  mode: append
  key:
    - id
retry:
  attempts: 2
  within: 6h
priority: 1
`)
})

test('nothing to write is an empty text', () => {
  expect(documentsToYaml([])).toBe('')
})

test('the same objects give the same text, in whatever order their fields come', () => {
  const fields = [
    ['kind', 'database'],
    ['name', 'n'],
    ['type', 'duckdb'],
    ['settings', { path: '/x', a: 1 }],
  ] as const
  fc.assert(
    fc.property(fc.shuffledSubarray([...fields], { minLength: 4 }), (shuffled) => {
      expect(documentsToYaml([Object.fromEntries(shuffled)])).toBe(documentsToYaml([Object.fromEntries(fields)]))
    }),
  )
})

test('any text comes back as it was: blanks, line ends, look-alikes of numbers, every script', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.constantFrom(
      '\n',
      '\r\n',
      '\r',
      '\t',
      '  ',
      '"',
      "'",
      '#',
      ': ',
      '- ',
      '|',
      '\u2028',
      '\u0085',
      '\uFEFF',
      '0777',
      '1e3',
      'null',
      'yes',
      '~',
      '---',
      '...',
      '%',
    ),
  )
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  const document = fc.record({ name: text, sql: text, settings: fc.dictionary(text, text) })
  fc.assert(
    fc.property(document, ({ name, sql, settings }) => {
      const objects = [
        { kind: 'query', name, sql, settings },
        { kind: 'query', name: 'next' },
      ]
      const read = parseYamlDocuments(documentsToYaml(objects), 'export').map(({ value }) => value)
      expect(read).toEqual(objects)
    }),
    { numRuns: 300 },
  )
})
