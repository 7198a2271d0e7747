import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { fixturesFolder } from './fixtures.ts'

/** The eleven tables of the music shop and their numbers of rows, 15,607 in all. */
export const chinookTables = {
  album: 347,
  artist: 275,
  customer: 59,
  employee: 8,
  genre: 25,
  invoice: 412,
  invoice_line: 2240,
  media_type: 5,
  playlist: 18,
  playlist_track: 8715,
  track: 3503,
} as const

/** Loads the shop's own SQL file into a new DuckDB file: its CREATE TABLE and INSERT statements, as they are. */
export async function makeChinook(path: string): Promise<void> {
  const script = await readFile(join(fixturesFolder, 'chinook', 'chinook-postgres.sql'), 'utf8')
  const statements = script.replaceAll('\r\n', '\n').match(/^(CREATE TABLE|INSERT INTO)[\s\S]*?;$/gm) ?? []
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  try {
    for (const statement of statements) await connection.run(statement)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Every row of a table as text, NULL as null, read by DuckDB itself; sorted, since files promise no order. */
export async function tableAsText(path: string, table: string): Promise<(string | null)[][]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(`SELECT columns(*)::VARCHAR FROM "${table}"`)
    return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
