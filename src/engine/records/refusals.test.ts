import { expect, test } from 'vitest'
import { newRecordPart } from './record-part.ts'
import { createRefusals } from './refusals.ts'

const batch = (rows: number) => newRecordPart(0, { from: 0, to: rows, ordinals: null, rows })

test('where nothing was ever accepted, it is not about the rows after some hundred refusals', () => {
  const refusals = createRefusals(false)
  const judged = Array.from({ length: 200 }, () => refusals.refused(batch(10)))
  expect(judged.slice(0, -1).every((each) => each === 'halve')).toBe(true)
  expect(judged.at(-1)).toBe('hopeless')
})

test('the requests that look for the bad rows of one batch are bounded, pieces counted with it', () => {
  const refusals = createRefusals(true)
  const root = batch(1_000)
  const most = 2 * 32 * 10
  let piece = root
  for (let request = 0; request < most; request += 1) {
    expect(refusals.refused(piece)).toBe('halve')
    const child = batch(1)
    refusals.adopt([child], piece)
    piece = child
  }
  expect(refusals.refused(piece)).toBe('enough')
  expect(refusals.refused(batch(1_000))).toBe('halve')
})
