/** `blocked-orphan.ts` starts a child that is deaf, tells its pid and waits; `blocked-orphan.ts child` is that child. */
import { spawn } from 'node:child_process'
import { startOrphanGuard } from '../../src/reader/orphan-guard.ts'

if (process.argv[2] === 'child') {
  startOrphanGuard()
  // The guard's thread needs a moment of the event loop to start; after that nothing is heard any more.
  setTimeout(() => {
    process.stdout.write(`${process.pid}\n`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }, 1000)
} else {
  spawn(process.execPath, [import.meta.filename, 'child'], { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
}
