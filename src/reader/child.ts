/**
 * The child process of a reader: opens one database, answers calls one after the other, and ends when its parent's channel closes.
 * Started by child-process.ts, with limits of the operating system around it.
 */
import { flushCompileCache } from 'node:module'
import type { ReaderLimits } from '../contract/database.ts'
import { SegueError, toProblem } from '../contract/errors.ts'
import { databaseTypes } from '../databases/registry.ts'
import { memoryError, residentLimit } from './child-limits.ts'
import { createSession } from './child-session.ts'
import { callMessage, callSchemas } from './messages.ts'
import type { CallMessage, CallName, ChildMessage } from './messages.ts'
import { startOrphanGuard } from './orphan-guard.ts'
import { readEngineError, sqlError } from './sql-errors.ts'

const session = createSession()
const watchEveryMs = 50
let working: Promise<void> = Promise.resolve()

// At once, whatever the engine's threads are doing: a regular exit would wait for them.
const die = (): void => void process.kill(process.pid, 'SIGKILL')

async function answer(message: CallMessage): Promise<void> {
  const { id } = message
  try {
    send({ id, result: await perform(message.call, message) })
  } catch (error) {
    send({ id, problem: toProblem(known(error)) })
  }
  // Regularly that is done at the exit, which never comes here.
  flushCompileCache()
}

async function perform<N extends CallName>(name: N, message: CallMessage): Promise<unknown> {
  const request = callSchemas[name].request.parse(message.request)
  if (name === 'open') watchMemory(callSchemas.open.request.parse(message.request).limits)
  if (name === 'openSpool') watchMemory(callSchemas.openSpool.request.parse(message.request).limits)
  return session[name](request, (progress) => send({ id: message.id, progress }))
}

/** An error of the engine that nothing has put into words yet; a fault of ours becomes INTERNAL, and its stack goes to our own error output. */
function known(error: unknown): unknown {
  if (error instanceof SegueError || readEngineError(error).type !== '') return sqlError(error, 'run', null)
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return error
}

function send(message: ChildMessage, then: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, then)
}

/** Ends this process before the machine runs out of memory, and says why. */
function watchMemory(limits: ReaderLimits): void {
  const limit = residentLimit(limits)
  setInterval(() => {
    if (process.memoryUsage.rss() >= limit) send({ fatal: toProblem(memoryError(limits)) }, die)
  }, watchEveryMs).unref()
}

process.on('disconnect', die)
process.on('message', (message: unknown) => {
  const call = callMessage.parse(message)
  working = working.then(() => answer(call))
})
if (!process.connected) die()
startOrphanGuard()
// A spare child waits for its session: what the session will need is loaded meanwhile. A failure shows when it is needed.
void Promise.all([import('./preview.ts'), import('./render.ts'), ...[...databaseTypes.values()].map((type) => type.preload())]).catch(
  () => undefined,
)
