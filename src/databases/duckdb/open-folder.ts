import type { DuckDBConnection } from '@duckdb/node-api'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenContext, OpenDatabase, Relation, TableInfo } from '../../contract/database.ts'
import { SegueError } from '../../contract/errors.ts'
import { folderFiles } from './folder-files.ts'
import type { FileKind, FolderFile } from './folder-files.ts'
import { csvOptions } from './csv-dialect.ts'
import { openInstance } from '../../files/locked-instance.ts'
import { sqlName, sqlText } from '../../contract/sql-text.ts'

/**
 * A folder of files, each of which is a table. The instance may read exactly these files; a file is opened when a query names it.
 * Throws DATABASE_INVALID as folderFiles does, and later for a file that is not what its ending says.
 */
export async function openFolder(folder: string, context: OpenContext): Promise<OpenDatabase> {
  const files = await folderFiles(folder)
  const readable = new Map<Relation, FolderFile>()
  for (const file of files)
    readable.set({ name: file.table, schema: 'main', table: file.table, definition: null }, await named(file, context.scratch))
  const instance = await openInstance({ ...context, keepsOrder: false })
  const { connection } = instance
  try {
    await instance.lock({ files: [...files.map((file) => file.path), ...context.outputs] })
  } catch (error) {
    instance.close()
    throw error
  }
  const exposed = new Set<Relation>()
  const expose = async (wanted: readonly Relation[]): Promise<void> => {
    for (const relation of wanted) {
      const file = readable.get(relation)
      if (!file || exposed.has(relation)) continue
      await makeView(connection, folder, file)
      exposed.add(relation)
    }
  }
  return {
    connection,
    relations: [...readable.keys()],
    catalog: null,
    functions: () => Promise.resolve(new Set()),
    expose,
    async inspect(wanted) {
      await expose(wanted)
      const tables: TableInfo[] = []
      for (const relation of wanted) {
        const file = readable.get(relation)
        tables.push({
          name: relation.name,
          columns: await columnsOf(connection, relation),
          rows: file ? await rowsOf(connection, file) : null,
        })
      }
      return tables
    },
    close: () => instance.close(),
  }
}

/** DuckDB takes `*`, `?` and `[` in a name for a pattern and knows no escape: such a file is read through a link with a plain name. */
async function named(file: FolderFile, scratch: string): Promise<FolderFile> {
  if (!/[*?[]/.test(file.path)) return file
  const folder = join(scratch, 'inputs')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${Buffer.from(file.name).toString('hex')}.${file.kind}`)
  await symlink(file.path, path)
  return { ...file, path }
}

/** What reads a file, as SQL. A folder called `region=de` on the way must not make or overwrite a column. */
const readers: Readonly<Record<FileKind, (file: FolderFile) => Promise<string> | string>> = {
  parquet: ({ path }) => `read_parquet(${sqlText(path)}, hive_partitioning = false)`,
  csv: async ({ path, name }) => `read_csv(${sqlText(path)}, ${await csvOptions(path, name)}, hive_partitioning = false)`,
  json: ({ path }) => `read_json(${sqlText(path)}, hive_partitioning = false)`,
}

const rules: Readonly<Record<FileKind, string>> = {
  parquet: 'Parquet',
  csv: 'CSV: each line must have as many fields as the first one, which names the columns, quotes must be closed, and the text be UTF-8',
  json: 'JSON',
}

async function makeView(connection: DuckDBConnection, folder: string, file: FolderFile): Promise<void> {
  try {
    await connection.run(`CREATE VIEW memory.main.${sqlName(file.table)} AS FROM ${await readers[file.kind](file)}`)
  } catch (error) {
    if (error instanceof SegueError) throw error
    throw new SegueError('DATABASE_INVALID', `${file.name} in ${folder} cannot be read as ${rules[file.kind]}.`, { cause: error })
  }
}

async function columnsOf(connection: DuckDBConnection, relation: Relation): Promise<{ name: string; type: string }[]> {
  const result = await connection.runAndReadAll(`DESCRIBE memory.main.${sqlName(relation.table)}`)
  return result.getRowsJson().map(([name, type]) => ({ name: String(name), type: String(type) }))
}

/** Only Parquet tells how many rows there are without reading them. */
async function rowsOf(connection: DuckDBConnection, file: FolderFile): Promise<number | null> {
  if (file.kind !== 'parquet') return null
  const result = await connection.runAndReadAll(`SELECT num_rows FROM parquet_file_metadata(${sqlText(file.path)})`)
  return Number(result.getRowsJson()[0]?.[0])
}
