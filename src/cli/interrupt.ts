/** Ctrl-C and SIGTERM: the first asks the command to end cleanly, the second ends it at once. */
import { exitCodes } from './exit-codes.ts'

/** The reason of an aborted signal: a person or the system wants the command to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`)
    this.signal = signal
  }
}

/** Exit code after an interrupt, as shells count: 128 + the signal's number. */
export function exitCodeOfInterrupt(interrupted: Interrupted): number {
  return interrupted.signal === 'SIGINT' ? exitCodes.interrupted : 143
}

/** A signal that is aborted at the first SIGINT or SIGTERM of this process. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const interrupted = new Interrupted(name)
      if (controller.signal.aborted) process.exit(exitCodeOfInterrupt(interrupted))
      controller.abort(interrupted)
    })
  }
  return controller.signal
}
