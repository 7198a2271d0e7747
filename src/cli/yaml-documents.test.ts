import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SegueError } from '../contract/errors.ts'
import { parseYamlDocuments } from './yaml-documents.ts'

const values = (text: string): unknown[] => parseYamlDocuments(text, 'a.yaml').map((document) => document.value)

function failureOf(text: string): SegueError {
  try {
    parseYamlDocuments(text, 'a.yaml')
  } catch (error) {
    if (error instanceof SegueError) return error
    throw error
  }
  throw new Error('it was read')
}

test('reads several documents of one file, and leaves out empty ones', () => {
  expect(values('kind: a\n---\n# nothing here\n---\nkind: b\n---\n')).toEqual([{ kind: 'a' }, { kind: 'b' }])
  expect(values('')).toEqual([])
  expect(values('# only a comment\n')).toEqual([])
})

test('knows the place of every field', () => {
  const [, second] = parseYamlDocuments('kind: a\n---\nkind: b\nsettings:\n  format: csv\n  list: [x, y]\n', 'a.yaml')
  expect(second?.places.get('/settings/format')).toEqual({ file: 'a.yaml', line: 5, column: 3 })
  expect(second?.places.get('/settings/list/1')).toEqual({ file: 'a.yaml', line: 6, column: 13 })
  expect(second?.start).toEqual({ file: 'a.yaml', line: 3, column: 1 })
})

test('escapes keys in pointers as RFC 6901 says', () => {
  const [document] = parseYamlDocuments('a/b: {c~d: 1}\n', 'a.yaml')
  expect([...(document?.places.keys() ?? [])]).toEqual(['', '/a~1b', '/a~1b/c~0d'])
})

test.each([
  ['a key that stands twice', 'name: x\nname: y\n', 2, 1],
  ['a tab as indentation', 'a:\n\tb: 1\n', 2, 1],
  ['a quote that is not closed', 'a: "b\nc: 1\n', 3, 1],
  ['a tag of its own', 'a: !run rm\n', 1, 4],
  ['a binary tag', 'a: !!binary aGk=\n', 1, 4],
  ['an older YAML', '%YAML 1.1\n---\na: yes\n', 2, 1],
  ['infinity', 'a: .inf\n', 1, 4],
  ['an alias of nothing', 'a: 1\nb: *nothere\n', 2, 4],
])('refuses %s with line and column', (_what, text, line, column) => {
  const failure = failureOf(text)
  expect(failure.code).toBe('YAML_INVALID')
  expect(failure.errors[0]).toMatchObject({ file: 'a.yaml', line, column })
})

test('names every mistake of a file at once', () => {
  expect(failureOf('a: 1\na: 2\nb: 1\nb: 2\n').errors).toHaveLength(2)
})

test('refuses alias bombs and aliases that contain themselves', () => {
  const bomb = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`),
  ].join('\n')
  expect(failureOf(bomb).code).toBe('YAML_INVALID')
  expect(failureOf('a: &a [*a]\n').code).toBe('YAML_INVALID')
})

test('follows a harmless alias', () => {
  expect(values('a: &x {k: 1}\nb: *x\n')).toEqual([{ a: { k: 1 }, b: { k: 1 } }])
})

test('keeps what only YAML 1.1 would change', () => {
  expect(values('a: yes\nb: no\nc: 012\nd: 1_000\ne: 2026-11-24\nf: 12:30:45\n<<: x\n')).toEqual([
    { a: 'yes', b: 'no', c: 12, d: '1_000', e: '2026-11-24', f: '12:30:45', '<<': 'x' },
  ])
})

test('never loses a digit: numbers that JavaScript would change stay as they were written', () => {
  expect(values('a: 9007199254740993\nb: -9007199254740993\nc: 0.12345678901234567890\nd: 42\ne: 1.50\nf: 1e3\ng: 0x1F\n')).toEqual([
    { a: '9007199254740993', b: '-9007199254740993', c: '0.12345678901234567890', d: 42, e: 1.5, f: 1000, g: 31 },
  ])
})

test('gives any integer back as number or text with the same digits', () => {
  fc.assert(
    fc.property(fc.bigInt(), (number) => {
      expect(String((values(`a: ${number}\n`)[0] as { a: unknown }).a)).toBe(String(number))
    }),
  )
})

test('reads any JSON as JSON.parse does', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value')),
    ),
  })).value
  fc.assert(
    fc.property(json, (value) => {
      expect(values(JSON.stringify({ value }))).toEqual([{ value }])
    }),
  )
})
