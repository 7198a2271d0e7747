import type { ReaderLimits } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3

/**
 * The resident memory at which a child is ended: what the engine may use, what it was seen to use beyond that (0.4 GB), and Node.
 * DuckDB's own limit does not see single huge values: `repeat('x', 2e9)` took 4 GB under a limit of 256 MB.
 */
export function residentLimit(limits: ReaderLimits): number {
  return Math.ceil(limits.memoryBytes * 1.25) + 512 * mebibyte
}

/**
 * The address space that a child may reserve, in KiB as `ulimit -v` counts. Node with DuckDB reserves 1.8 GB before it does anything;
 * each thread reserves some more, and much of it is never used.
 */
export function addressSpaceKib(limits: ReaderLimits): number {
  return Math.ceil((residentLimit(limits) + 3 * gibibyte + limits.threads * 128 * mebibyte) / 1024)
}

/** What a person is told of a query that met one of these limits. */
export function memoryError(limits: ReaderLimits): SegueError {
  return new SegueError(
    'QUERY_MEMORY',
    `The query needs more than the ${Math.round(limits.memoryBytes / 1e6)} MB of memory that it may have.`,
  )
}
