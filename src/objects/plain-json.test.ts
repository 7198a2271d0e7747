import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainJson } from './plain-json.ts'

test('JSON that the store can hold comes out as JSON writes it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (given) => {
      const written = JSON.stringify(given)
      const { value, faults } = plainJson(given, '')
      if (/\\u0000|\\ud[89a-f]|"__proto__":/i.test(written)) return
      expect(faults).toEqual([])
      expect(value).toEqual(JSON.parse(written))
    }),
  )
})

test('what PostgreSQL or a parser would lose is a fault at its place', () => {
  const given = {
    'a/b~c': ['ok', 'x\0'],
    half: '\ud800',
    'key\0': 1,
    inf: Infinity,
    when: new Date(0),
    n: 1n,
    ...JSON.parse('{"__proto__": {"a": 1}}'),
  }
  const { faults } = plainJson(Object.defineProperty(given, '__proto__', { value: 1, enumerable: true }), '/3')
  expect(faults.map(({ pointer }) => pointer)).toEqual(['/3/a~1b~0c/1', '/3/half', '/3/key\0', '/3/inf', '/3/when', '/3/n', '/3/__proto__'])
})

test('undefined fields go, and -0 is 0', () => {
  expect(plainJson({ a: undefined, b: -0 }, '').value).toStrictEqual({ b: 0 })
})

test('what is nested without end is refused, not followed', () => {
  let deep: unknown = 1
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]
  expect(plainJson(deep, '').faults).toHaveLength(1)
})
