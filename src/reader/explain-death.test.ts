import { expect, test } from 'vitest'
import { explainDeath } from './explain-death.ts'

const limits = { memoryBytes: 256_000_000, threads: 2, spillBytes: 0 }

test.each([
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', 'SIGABRT', 'QUERY_MEMORY', '256 MB'],
  ["terminate called after throwing an instance of 'std::bad_alloc'", 'SIGABRT', 'QUERY_MEMORY', '256 MB'],
  ["terminate called after throwing an instance of 'duckdb::PermissionException'", 'SIGABRT', 'READER_DIED', 'by signal SIGABRT'],
  ['', 'SIGSEGV', 'READER_DIED', 'by signal SIGSEGV'],
] as const)('last words %j with %s', (lastWords, signal, code, detail) => {
  expect(explainDeath({ code: null, signal, lastWords }, limits)).toMatchObject({ code, detail: expect.stringContaining(detail) })
})

test('a child that ends by itself is told by its exit code', () => {
  expect(explainDeath({ code: 7, signal: null, lastWords: '' }, limits)).toMatchObject({
    code: 'READER_DIED',
    detail: 'The process that read the database ended with code 7.',
  })
})
