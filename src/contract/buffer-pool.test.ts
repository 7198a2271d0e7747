import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBufferPool, type Lent } from './buffer-pool.ts'

test('whatever is taken and given back, nobody has bytes that another one has', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(300_000), fc.constant(-1)), { maxLength: 60 }), (steps) => {
      const pool = createBufferPool(4)
      const lent: Lent[] = []
      for (const [index, step] of steps.entries()) {
        if (step < 0) {
          const first = lent.shift()
          first?.giveBack()
          first?.giveBack()
          continue
        }
        const taken = pool.take(step)
        expect(taken.bytes.length).toBe(step)
        taken.bytes.fill(index)
        lent.push(taken)
      }
      const filled = lent.map(({ bytes }) => bytes[0])
      expect(lent.every(({ bytes }, index) => bytes.every((byte) => byte === filled[index]))).toBe(true)
      const whole = lent.map(({ bytes }) => bytes.buffer)
      expect(new Set(whole).size).toBe(whole.length)
    }),
  )
})

test('a buffer that was given back is used again', () => {
  const pool = createBufferPool(1)
  const first = pool.take(100_000)
  first.giveBack()
  expect(pool.take(90_000).bytes.buffer).toBe(first.bytes.buffer)
})
