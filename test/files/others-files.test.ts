import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readDelimited } from '../helpers/csv-reader.ts'
import { fixturesAbsent, fixturesFolder } from '../helpers/fixtures.ts'
import { fileRenderer } from '../helpers/render-file.ts'

const folder = join(fixturesFolder, 'sftp-files')
const names = fixturesAbsent ? [] : readdirSync(folder)
const files = fileRenderer()

function delimiterOf(name: string): string {
  if (name.includes('colon') && !name.includes('semicolon')) return ':'
  if (name.includes('semicolon')) return ';'
  if (name.includes('pipe')) return '|'
  return name.includes('tab') ? '\t' : ','
}

describe.skipIf(fixturesAbsent)(`Files of other senders${fixturesAbsent ? ` (skipped: ${fixturesAbsent})` : ''}`, () => {
  it.each(names)('%s is read, written again by us, and reads the same', async (name) => {
    const text = readFileSync(join(folder, name), 'utf8')
      .replaceAll('\r\n', '\n')
      .replace(/^\uFEFF/, '')
      .replace(/\n*$/, '\n')
    const dialect = { delimiter: delimiterOf(name), quotes: true, escape: '"', lineEnding: '\n' } as const
    const [header = [], ...records] = readDelimited(text, dialect)
    expect(header.length).toBeGreaterThan(1)
    expect(records.every((record) => record.length === header.length)).toBe(true)

    const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`
    const columns = header.map((field, index) => `"c${index}"::VARCHAR AS "${field.text.replaceAll('"', '""')}"`)
    const rows = [...records, header].map(
      (record, index) => `(${[String(index), ...record.map((field) => quoted(field.text))].join(', ')})`,
    )
    const source = `SELECT ${columns.join(', ')} FROM (VALUES ${rows.join(', ')}) t(n, ${header.map((_, index) => `"c${index}"`).join(', ')}) WHERE n < ${records.length} ORDER BY n`
    const written = await files.render(source, { delimiter: dialect.delimiter })
    const again = readDelimited(written.text, dialect).map((record) => record.map((field) => field.text))
    expect(again).toEqual([header, ...records].map((record) => record.map((field) => field.text)))
  })
})
