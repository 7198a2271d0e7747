import { readdir, realpath, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { SegueError } from '../../contract/errors.ts'

export type FileKind = 'parquet' | 'csv' | 'json'

/** A file of a folder that is a table. */
export interface FolderFile {
  readonly table: string
  readonly kind: FileKind
  /** The name in the folder, for messages. */
  readonly name: string
  /** Where it really is, all links followed. */
  readonly path: string
}

const kinds: Readonly<Record<string, FileKind>> = {
  '.parquet': 'parquet',
  '.csv': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
}

/**
 * The files of a folder that are tables, by name. Hidden files, sub-folders and other endings are passed over.
 * Throws DATABASE_INVALID where two files make one table, where there is no file at all, and where the folder or a link cannot be read.
 */
export async function folderFiles(folder: string): Promise<FolderFile[]> {
  const found: FolderFile[] = []
  for (const name of (await entries(folder)).toSorted()) {
    const kind = kinds[extname(name).toLowerCase()]
    if (kind === undefined || name.startsWith('.')) continue
    const path = await regularFile(folder, name)
    if (path !== null) found.push({ table: name.slice(0, -extname(name).length), kind, name, path })
  }
  if (found.length === 0) throw new SegueError('DATABASE_INVALID', `${folder} holds no file that ends in ${Object.keys(kinds).join(', ')}.`)
  refuseDoubles(folder, found)
  return found
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    throw new SegueError('DATABASE_INVALID', `${folder} cannot be read (${codeOf(error)}).`)
  }
}

/** The real path of a regular file or of a link that leads to one; null for anything else, such as a pipe. */
async function regularFile(folder: string, name: string): Promise<string | null> {
  try {
    const path = await realpath(join(folder, name))
    return (await stat(path)).isFile() ? path : null
  } catch (error) {
    throw new SegueError('DATABASE_INVALID', `${name} in ${folder} cannot be read (${codeOf(error)}).`)
  }
}

/** Names of tables differ by more than the size of their letters. */
function refuseDoubles(folder: string, files: readonly FolderFile[]): void {
  const groups = Map.groupBy(files, (file) => file.table.toLowerCase())
  for (const [first, second] of groups.values()) {
    if (first && second)
      throw new SegueError(
        'DATABASE_INVALID',
        `${first.name} and ${second.name} in ${folder} would both be the table "${first.table}". Rename one of them.`,
      )
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
