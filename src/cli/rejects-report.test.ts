import { expect, test } from 'vitest'
import { noRows, runDocumentWith } from '../../test/helpers/run-document.ts'
import type { RejectReason } from '../contract/runs.ts'
import { meantDataset, reasonsOf } from './rejects-report.ts'

const dataset = (name: string, ...rejects: readonly RejectReason[]) => ({ name, counts: noRows, rejects: [...rejects] })
const failed = (rows: number): RejectReason => ({ code: 'CAST_FAILED', column: 'day', rows })
const refused = (rows: number): RejectReason => ({ code: 'ROW_REJECTED', column: null, rows })
const run = runDocumentWith({ datasets: [dataset('customer', failed(1), refused(3)), dataset('invoice', failed(2)), dataset('track')] })

test('reasons come the most frequent first, of the dataset and code that are asked for', () => {
  expect(reasonsOf(run, {}).map(({ dataset: name, rows }) => [name, rows])).toEqual([
    ['customer', 3],
    ['invoice', 2],
    ['customer', 1],
  ])
  expect(reasonsOf(run, { dataset: 'customer', code: 'CAST_FAILED' })).toEqual([{ ...failed(1), dataset: 'customer' }])
  expect(reasonsOf(run, { dataset: 'nobody' })).toEqual([])
})

test('the dataset need not be named where only one can be meant', () => {
  expect(meantDataset(runDocumentWith({ datasets: [dataset('q')] }), undefined)).toBe('q')
  expect(meantDataset(runDocumentWith({ datasets: [dataset('a'), dataset('b', failed(1))] }), undefined)).toBe('b')
  expect(meantDataset(run, undefined)).toBeUndefined()
  expect(meantDataset(run, 'track')).toBe('track')
  expect(meantDataset(runDocumentWith({}), undefined)).toBeUndefined()
})
