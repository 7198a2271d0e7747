import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { parseSync } from 'oxc-parser'
import { z } from 'zod'

/** One import, of values or of types, static or dynamic. Paths are relative to the project, with `/`. */
export interface Import {
  readonly from: string
  /** The file or package that it leads to; what was written where it leads to none. */
  readonly to: string
  readonly kind: 'file' | 'package' | 'development package' | 'unresolved'
}

export interface ImportGraph {
  /** How many files were read. */
  readonly files: number
  readonly imports: readonly Import[]
  /** Files that do not parse, so that their imports are not known. */
  readonly unread: readonly string[]
}

const packages = z.record(z.string(), z.string()).default({})
const packageFile = z.object({ dependencies: packages, optionalDependencies: packages, devDependencies: packages })
type PackageFile = z.infer<typeof packageFile>

/** All imports of the TypeScript files under `<root>/src`. */
export async function readImportGraph(root: string): Promise<ImportGraph> {
  const installed = packageFile.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  const entries = await readdir(join(root, 'src'), { recursive: true })
  const files = entries.map((name) => `src/${name.replaceAll('\\', '/')}`).filter((name) => /\.[cm]?tsx?$/.test(name))
  const known = new Set(files)

  const imports: Import[] = []
  const unread: string[] = []
  for (const from of files.toSorted()) {
    const specifiers = specifiersOf(from, await readFile(join(root, from), 'utf8'))
    if (specifiers === null) unread.push(from)
    else imports.push(...specifiers.map((specifier) => resolved(from, specifier, known, installed)))
  }
  return { files: files.length, imports, unread }
}

/** What a module imports or exports from, each once; null where it does not parse. */
function specifiersOf(name: string, text: string): readonly string[] | null {
  const { module, errors } = parseSync(name, text)
  if (errors.length > 0) return null
  return [
    ...new Set([
      ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
      ...module.staticExports.flatMap(({ entries }) =>
        entries.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
      ),
      ...module.dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start + 1, moduleRequest.end - 1)),
    ]),
  ]
}

function resolved(from: string, specifier: string, files: ReadonlySet<string>, installed: PackageFile): Import {
  if (specifier.startsWith('.')) {
    const to = posix.join(posix.dirname(from), specifier)
    const outside = !to.startsWith('src/')
    return files.has(to) || outside ? { from, to, kind: 'file' } : { from, to: specifier, kind: 'unresolved' }
  }
  if (specifier.startsWith('node:')) return { from, to: specifier, kind: 'package' }
  const to = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (to in installed.dependencies || to in installed.optionalDependencies) return { from, to, kind: 'package' }
  return { from, to, kind: to in installed.devDependencies ? 'development package' : 'unresolved' }
}
