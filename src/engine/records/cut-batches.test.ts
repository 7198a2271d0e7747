import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutBatches, rowOrdinals, type Batch } from './cut-batches.ts'

/** What indexLines says of a file with lines of so many bytes. */
function offsetsOf(lengths: readonly number[]): Float64Array {
  const offsets = new Float64Array(lengths.length + 1)
  for (const [index, length] of lengths.entries()) offsets[index + 1] = offsets[index]! + length + 1
  return offsets
}

const cut = (lengths: readonly number[], batchRows: number, batchBytes: number, from = 0): Batch[] => [
  ...cutBatches(offsetsOf(lengths), from, { batchRows, batchBytes }),
]

test('a batch ends where rows or bytes are enough', () => {
  expect(cut([2, 2, 2, 2, 2], 2, 100).map(({ from, to }) => [from, to])).toEqual([
    [0, 2],
    [2, 4],
    [4, 5],
  ])
  // Two rows of four bytes and the line feed between them are nine.
  expect(cut([4, 4, 4], 10, 9)).toEqual([
    { from: 0, to: 2, rows: 2, startByte: 0, endByte: 9, hasGaps: false },
    { from: 2, to: 3, rows: 1, startByte: 10, endByte: 14, hasGaps: false },
  ])
  expect(cut([4, 4, 4], 10, 8)).toHaveLength(3)
})

test('gaps are no rows: a batch is filled up over them, and nothing but gaps is a batch of no rows', () => {
  expect(cut([2, 0, 2, 2], 2, 100)).toEqual([
    { from: 0, to: 3, rows: 2, startByte: 0, endByte: 6, hasGaps: true },
    { from: 3, to: 4, rows: 1, startByte: 7, endByte: 9, hasGaps: false },
  ])
  expect(cut([0, 0, 0], 2, 100)).toEqual([{ from: 0, to: 3, rows: 0, startByte: 0, endByte: 2, hasGaps: true }])
  expect(cut([0, 0, 0, 0, 3], 2, 3).map(({ to, rows }) => [to, rows])).toEqual([
    [4, 0],
    [5, 1],
  ])
})

test('an input without lines has no batches, and neither has what is behind the last', () => {
  expect(cut([], 1, 1)).toEqual([])
  expect(cut([2], 1, 2, 1)).toEqual([])
})

test('a row that is larger than a batch may be is named', () => {
  expect(() => cut([2, 11, 2], 5, 10)).toThrow('ROW_TOO_LARGE: Row 2 has 11 bytes; a batch may have 10.')
})

const anyCase = fc.record({
  lengths: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 })), { maxLength: 60 }),
  batchRows: fc.integer({ min: 1, max: 8 }),
  batchBytes: fc.integer({ min: 20, max: 100 }),
})

test('batches tile the lines, keep the limits, and none could have taken the next line', () => {
  fc.assert(
    fc.property(anyCase, fc.nat({ max: 60 }), ({ lengths, batchRows, batchBytes }, start) => {
      const offsets = offsetsOf(lengths)
      const from = Math.min(start, lengths.length)
      let next = from
      for (const batch of cutBatches(offsets, from, { batchRows, batchBytes })) {
        const own = lengths.slice(batch.from, batch.to)
        expect(batch.from).toBe(next)
        expect(own.length).toBeGreaterThan(0)
        next = batch.to
        expect([batch.startByte, batch.endByte]).toEqual([offsets[batch.from], offsets[batch.to]! - 1])
        expect(batch.rows).toBe(own.filter((length) => length > 0).length)
        expect(batch.rows).toBeLessThanOrEqual(batchRows)
        expect(batch.endByte - batch.startByte).toBeLessThanOrEqual(batchBytes)
        expect(batch.hasGaps).toBe(own.includes(0))
        expect(rowOrdinals(offsets, batch)).toEqual(own.flatMap((length, index) => (length > 0 ? [batch.from + index] : [])))
        if (batch.to === lengths.length) continue
        const rowsFull = batch.rows === batchRows && lengths[batch.to]! > 0
        const bytesFull = batch.endByte - batch.startByte + 1 + lengths[batch.to]! > batchBytes
        expect(rowsFull || bytesFull).toBe(true)
      }
      expect(next).toBe(lengths.length)
    }),
  )
})

test('cutting again from the end of any batch gives the batches that followed', () => {
  fc.assert(
    fc.property(anyCase, ({ lengths, batchRows, batchBytes }) => {
      const all = cut(lengths, batchRows, batchBytes)
      for (const [index, { to }] of all.entries()) expect(cut(lengths, batchRows, batchBytes, to)).toEqual(all.slice(index + 1))
    }),
    { numRuns: 30 },
  )
})
