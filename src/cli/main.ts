/** The entry of `segue`; bin/segue starts it with a Node that can. */
import { packageVersion } from '../package-version.ts'
import { interruptSignal } from './interrupt.ts'
import { runCommandLine } from './program.ts'

// A reader that has seen enough (`segue runs | head`) is no error of ours; what the command does goes on to its end and its exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await runCommandLine(
  process.argv.slice(2),
  {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    interrupt: interruptSignal(),
  },
  packageVersion(),
)
