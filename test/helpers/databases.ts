/** Databases and readers for tests: made anew in a folder of their own, removed afterwards. */
import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SegueError } from '../../src/contract/errors.ts'
import type { Source } from '../../src/contract/reader.ts'
import type { ReaderSession } from '../../src/contract/reader.ts'
import { createReader } from '../../src/reader/reader.ts'
import type { ClosableReader } from '../../src/reader/reader.ts'

/** A new folder, by its real path. */
export async function testFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'segue-test-')))
}

/** Makes a DuckDB file by statements, or adds to one. */
export async function duckdbFile(path: string, statements: readonly string[]): Promise<string> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  for (const statement of statements) await connection.run(statement)
  connection.closeSync()
  instance.closeSync()
  return path
}

/** Runs statements that write files (COPY) without keeping a database. */
export async function duckdbScript(statements: readonly string[]): Promise<void> {
  await duckdbFile(':memory:', statements)
}

export function testReader(
  folder: string,
  options: { readonly memoryBytes?: number; readonly spillBytes?: number; readonly spare?: boolean } = {},
): ClosableReader {
  const { memoryBytes = 256_000_000, spillBytes = 200_000_000, spare = false } = options
  return createReader({ limits: { memoryBytes, threads: 2, spillBytes }, scratchRoot: join(folder, 'scratch'), spare })
}

/** Opens a DuckDB database; the deadline is far away where none is given. */
export function openSession(
  reader: ClosableReader,
  path: string,
  options: { readonly outputs?: readonly string[]; readonly deadlineMs?: number; readonly signal?: AbortSignal } = {},
): Promise<ReaderSession> {
  const { outputs = [], deadlineMs = 60_000, signal = new AbortController().signal } = options
  return reader.open({ type: 'duckdb', settings: { path }, secrets: {} }, { outputs, deadlineMs, signal })
}

export function query(sql: string): Source {
  return { kind: 'query', sql, declarations: {}, parameters: {} }
}

/** The rows of a query, as text. */
export async function rowsOf(session: ReaderSession, sql: string | Source, limit = 100): Promise<readonly (readonly (string | null)[])[]> {
  const source = typeof sql === 'string' ? query(sql) : sql
  return (await session.preview({ source, mapping: null, limit })).rows
}

/** The error that something ends with; fails where it does not end with a SegueError. */
export async function errorOf(work: Promise<unknown>): Promise<SegueError> {
  const outcome: unknown = await work.then(
    (value) => new Error(`no error, but ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  if (outcome instanceof SegueError) return outcome
  throw outcome
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true })
}
