import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ReaderLimits } from '../contract/database.ts'
import { addressSpaceKib } from './child-limits.ts'

export interface ChildCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * `--max-old-space-size`: the child's JavaScript handles some rows of a preview, no more. The other two: stripping types is done by WebAssembly,
 * for which V8 reserves as much address space as it can get (up to 8 GB), and the limit would leave nothing for the engine.
 */
const nodeOptions = ['--max-old-space-size=256', '--disable-wasm-trap-handler', '--wasm-max-mem-pages=1024']

/**
 * How a child is started: by a shell that sets limits and becomes Node. A system that does not know a limit goes on without it.
 * The environment holds nothing of ours; what is kept in `cacheFolder` are the child's own files in compiled form, which
 * halve the time that it takes to start.
 */
export function childCommand(limits: ReaderLimits, cacheFolder: string): ChildCommand {
  const script = `ulimit -v ${addressSpaceKib(limits)} 2>/dev/null; ulimit -c 0; exec "$@"`
  const node = [process.execPath, ...nodeOptions, fileURLToPath(new URL('./child.ts', import.meta.url))]
  return {
    command: '/bin/sh',
    args: ['-c', script, 'segue-reader', ...node],
    env: { TZ: 'UTC', NODE_COMPILE_CACHE: join(cacheFolder, 'compiled') },
  }
}
