import { expect, test } from 'vitest'
import type { StoredObject } from '../contract/objects.ts'
import { matchDocuments } from './match-documents.ts'
import { parseDocument } from './parse-document.ts'

const stored = (name: string): StoredObject => ({
  id: `db_${name}`,
  kind: 'database',
  name,
  version: 1,
  spec: { description: '', type: 'duckdb', credential: null, settings: {} },
  managedBy: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
})

/** Which object each document is about: "name -> object", and the faults' codes and places. */
function match(documents: readonly (readonly [name: string, previousName?: string])[], names: readonly string[]): string[] {
  const parsed = documents.map(([name, previousName], index) =>
    parseDocument({ kind: 'database', type: 'duckdb', name, previousName }, `/${index}`),
  )
  const { matched, faults } = matchDocuments(parsed, names.map(stored))
  return [
    ...matched.map(({ name, existing }) => `${name} -> ${existing?.name ?? 'new'}`),
    ...faults.map(({ code, pointer }) => `${code} ${pointer}`),
  ]
}

test('a document is about the object of its name, else it makes one', () => {
  expect(match([['a'], ['b']], ['a', 'c'])).toEqual(['a -> a', 'b -> new'])
})

test('previousName finds the object under its old name, and says nothing where there is none or the rename is done', () => {
  expect(match([['b', 'a']], ['a'])).toEqual(['b -> a'])
  expect(match([['b', 'a']], [])).toEqual(['b -> new'])
  expect(match([['b', 'a']], ['b'])).toEqual(['b -> b'])
})

test('a name that is given up can be taken in the same set, and the set can be applied again', () => {
  const set = [['b', 'a'], ['a']] as const
  expect(match(set, ['a'])).toEqual(['b -> a', 'a -> new'])
  expect(match(set, ['a', 'b'])).toEqual(['b -> b', 'a -> a'])
})

test('a chain of renames moves each object on', () => {
  expect(
    match(
      [
        ['c', 'b'],
        ['b', 'a'],
      ],
      ['a', 'b'],
    ),
  ).toEqual(['c -> b', 'b -> a'])
})

test('two names are not swapped: both documents are about the objects that have the names', () => {
  expect(
    match(
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      ['a', 'b'],
    ),
  ).toEqual(['a -> a', 'b -> b'])
})

test('two objects do not become one', () => {
  expect(match([['b', 'a']], ['a', 'b'])).toEqual(['b -> b', 'NAME_TAKEN /0/name'])
})

test('two documents are not about one object', () => {
  expect(match([['a'], ['a']], ['a'])).toContain('INVALID /1/name')
  expect(
    match(
      [
        ['b', 'a'],
        ['c', 'a'],
      ],
      ['a'],
    ),
  ).toContain('INVALID /1/previousName')
})
