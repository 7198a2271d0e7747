import { spawn } from 'node:child_process'
import type { ReaderLimits } from '../contract/database.ts'
import { fromProblem, SegueError } from '../contract/errors.ts'
import type { RenderProgress } from '../contract/reader.ts'
import { childCommand } from './child-command.ts'
import { explainDeath } from './explain-death.ts'
import { callMessage, callSchemas, childMessage } from './messages.ts'
import type { CallName, Calls, ChildMessage } from './messages.ts'

/** The parent's side of one child process. */
export interface ReaderProcess {
  /** Sends a call; the child answers calls one after the other. Throws what the child throws, and what `end` was given. */
  call<N extends CallName>(
    name: N,
    request: Calls[N]['request'],
    onProgress?: (progress: RenderProgress) => void,
  ): Promise<Calls[N]['result']>
  /** Kills the child and what it may have started; every call, waiting or yet to come, throws the error. */
  end(error: unknown): void
  readonly exited: Promise<void>
  /** An idle spare must not keep the program alive; a child that works must. */
  keepsAlive(yes: boolean): void
}

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  readonly onProgress: (progress: RenderProgress) => void
}

const keptWords = 4000

/** Starts a child (reader/child.ts) that has not opened anything yet. */
export function startReaderProcess(limits: ReaderLimits, cacheFolder: string): ReaderProcess {
  const { command, args, env } = childCommand(limits, cacheFolder)
  // A process group of its own: a signal from the terminal is for us to handle, and the whole group can be killed.
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'json' })
  const pending = new Map<number, Pending>()
  let lastWords = ''
  let ended: { readonly error: unknown } | null = null
  let sent = 0

  const fail = (error: unknown): void => {
    ended ??= { error }
    for (const { reject } of pending.values()) reject(ended.error)
    pending.clear()
  }
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      child.kill('SIGKILL')
    }
  }
  const end = (error: unknown): void => {
    fail(error)
    kill()
  }
  const receive = (message: ChildMessage): void => {
    if ('fatal' in message) return end(fromProblem(message.fatal))
    const waiting = pending.get(message.id)
    if (!waiting) return
    if ('progress' in message) return waiting.onProgress(message.progress)
    pending.delete(message.id)
    if ('problem' in message) waiting.reject(fromProblem(message.problem))
    else waiting.resolve(message.result)
  }

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-keptWords)
  })
  child.on('message', (raw: unknown) => {
    const message = childMessage.safeParse(raw)
    if (message.success) receive(message.data)
    else end(new SegueError('READER_DIED', 'The process that read the database sent something that is not an answer.'))
  })
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      fail(new SegueError('READER_DIED', `The process that reads databases cannot be started: ${error.message}.`, { cause: error }))
      resolve()
    })
    // Not `exit`: its last words may still be on their way then.
    child.once('close', (code, signal) => {
      fail(explainDeath({ code, signal, lastWords }, limits))
      resolve()
    })
  })

  return {
    async call(name, request, onProgress = () => undefined) {
      if (ended) throw ended.error
      const id = (sent += 1)
      const answer = new Promise<unknown>((resolve, reject) => pending.set(id, { resolve, reject, onProgress }))
      child.send(callMessage.parse({ id, call: name, request }), () => undefined)
      return callSchemas[name].result.parse(await answer)
    },
    end,
    exited,
    keepsAlive(yes) {
      for (const handle of [child, child.channel, child.stderr]) keepAlive(handle, yes)
    },
  }
}

/** Sockets have `ref` and `unref`, which the type of a piped stream does not tell. */
function keepAlive(handle: unknown, yes: boolean): void {
  const method = typeof handle === 'object' && handle !== null ? Reflect.get(handle, yes ? 'ref' : 'unref') : null
  if (typeof method === 'function') Reflect.apply(method, handle, [])
}
