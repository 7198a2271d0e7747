import fc from 'fast-check'
import { expect, it } from 'vitest'
import { objectName } from '../contract/objects.ts'
import { copyNames } from './copy-orchestration.ts'

it('a copy is called after its original, with a number from the second on', () => {
  const [first, second, third] = copyNames('nightly')
  expect([first, second, third]).toEqual(['nightly copy', 'nightly copy 2', 'nightly copy 3'])
})

it('every name of a copy is a name that objects may have, and they all differ', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((text) => objectName.safeParse(text).success)
  fc.assert(
    fc.property(name, (original) => {
      const names = [...copyNames(original)].slice(0, 12)
      expect(new Set(names).size).toBe(12)
      for (const each of names) expect(objectName.safeParse(each).success, each).toBe(true)
    }),
  )
})
