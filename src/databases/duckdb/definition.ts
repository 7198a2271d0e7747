import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { defineDatabase } from '../../contract/database.ts'
import { SegueError } from '../../contract/errors.ts'
import { settingMeta } from '../../contract/settings.ts'

const settings = {
  path: z.string().min(1).register(settingMeta, {
    title: 'File or folder',
    help: 'A DuckDB file; or a folder of Parquet, CSV (with a header line; delimited by comma, semicolon, tab or bar) and JSON files, each of which is a table named as the file is without its ending.',
    path: true,
  }),
}

/** A DuckDB file, or a folder whose files are tables. */
export const duckdb = defineDatabase({
  type: 'duckdb',
  title: 'DuckDB',
  summary: 'A DuckDB file, or a folder of Parquet, CSV and JSON files.',
  settings,
  credential: null,
  capabilities: { onOneMachine: true },
  samples: { settings: { path: './data/shop.duckdb' } },

  preload: () => Promise.all([import('./open-folder.ts'), import('./open-file.ts')]),

  // Each way of opening is loaded when it is needed: the child that opens a database should start quickly.
  async open(context) {
    const path = resolve(z.object(settings).parse(context.settings).path)
    const found = await kindOf(path)
    if (found === 'folder') return (await import('./open-folder.ts')).openFolder(path, context)
    return (await import('./open-file.ts')).openFile(path, context)
  },
})

/** Throws DATABASE_NOT_FOUND where nothing is there, DATABASE_INVALID where it is neither file nor folder or may not be looked at. */
async function kindOf(path: string): Promise<'file' | 'folder'> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return 'folder'
    if (found.isFile()) return 'file'
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new SegueError('DATABASE_NOT_FOUND', `There is no file or folder ${path}.`)
    throw new SegueError('DATABASE_INVALID', `${path} cannot be read (${code}).`)
  }
  throw new SegueError('DATABASE_INVALID', `${path} is neither a file nor a folder.`)
}
