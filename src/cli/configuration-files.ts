/** Finds and reads the files that `-f` names: files, folders with everything below them, standard input. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { SegueError } from '../contract/errors.ts'
import { parseYamlDocuments, yamlInvalid } from './yaml-documents.ts'
import type { YamlDocument } from './yaml-documents.ts'

export interface ConfigurationFile {
  /** As it was named, for errors; `-` for standard input. */
  readonly name: string
  /** Folder that its relative paths are relative to. */
  readonly folder: string
  readonly documents: readonly YamlDocument[]
}

/**
 * All files in the order in which they are named; those of a folder by path.
 * @throws SegueError NOT_FOUND where a path is not there, INVALID where a folder holds no YAML, YAML_INVALID
 */
export async function readConfigurationFiles(
  named: readonly string[],
  world: { cwd: string; stdin: Readable },
): Promise<ConfigurationFile[]> {
  if (named.filter((name) => name === '-').length > 1)
    throw new SegueError('USAGE', 'Standard input can be read once: `-f -` was given twice.')
  const files: ConfigurationFile[] = []
  for (const name of named) {
    if (name === '-') files.push({ name, folder: world.cwd, documents: parseYamlDocuments(await text(world.stdin), 'standard input') })
    else for (const path of await filesOf(name, world.cwd)) files.push(await readOne(path, world.cwd))
  }
  return files
}

async function filesOf(name: string, cwd: string): Promise<string[]> {
  const facts = await stat(resolve(cwd, name)).catch(() => null)
  if (facts === null) throw new SegueError('NOT_FOUND', `There is no file or folder ${name} in ${cwd}.`)
  if (!facts.isDirectory()) return [name]
  const found = await yamlBelow(resolve(cwd, name))
  if (found.length === 0) throw new SegueError('INVALID', `The folder ${name} holds no *.yaml or *.yml file.`)
  return found.map((path) => join(name, path))
}

/** Relative paths of the YAML files below a folder, sorted; hidden ones and node_modules are not looked at. */
async function yamlBelow(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const path = join(prefix, entry.name)
    const facts = entry.isSymbolicLink() ? await stat(join(folder, path)) : entry
    if (entry.isDirectory()) found.push(...(await yamlBelow(folder, path)))
    else if (facts.isFile() && /\.ya?ml$/.test(entry.name)) found.push(path)
  }
  return found
}

async function readOne(name: string, cwd: string): Promise<ConfigurationFile> {
  const path = resolve(cwd, name)
  return { name, folder: dirname(path), documents: parseYamlDocuments(utf8(await readFile(path), name), name) }
}

function utf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw yamlInvalid([{ pointer: '', message: 'the file is not UTF-8 text', file }])
  }
}
