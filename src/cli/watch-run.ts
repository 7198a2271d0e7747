/** Waiting for a run: its events as they come, until it has ended. */
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { apiPath, errorOfProblem } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { SegueError } from '../contract/errors.ts'
import { isFinal, runDocument, runProgress, runStates } from '../contract/runs.ts'
import type { RunDocument } from '../contract/runs.ts'
import { exitCodeOfRun, exitCodes } from './exit-codes.ts'
import { visible } from './display-text.ts'
import type { Output } from './output.ts'
import { progressText } from './run-report.ts'

const timelineEvent = z.object({ at: z.string(), event: z.string(), detail: z.record(z.string(), z.unknown()) })

/** The timeline names a state that a run comes to. */
const waitingStates: ReadonlySet<string> = new Set(runStates.filter((state) => exitCodeOfRun(state) === exitCodes.needsPerson))

/** How long a server may be away, in milliseconds, before waiting ends with SERVER_UNREACHABLE. */
const patience = 30_000

/** The run as the API answers it now. */
export async function getRun(client: ApiClient, id: string): Promise<RunDocument> {
  return runDocument.parse((await client.send({ method: 'GET', path: apiPath('runs', id) })).body)
}

/**
 * Waits until the run is final, or in a state that only a person can end; a stream that breaks off is taken up where it ended.
 * @param follow print the timeline
 * @throws the signal's reason, when it is aborted
 */
export async function watchRun(
  client: ApiClient,
  id: string,
  options: { output: Output; follow: boolean; signal: AbortSignal },
): Promise<RunDocument> {
  let after: string | null = null
  let lastSeen = Date.now()
  for (;;) {
    options.signal.throwIfAborted()
    try {
      const run = await getRun(client, id)
      lastSeen = Date.now()
      if (isSettled(run)) return run
      const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after }
      for await (const event of client.events({ path: apiPath('runs', id, 'events'), headers, signal: options.signal })) {
        lastSeen = Date.now()
        after = event.id ?? after
        if (event.event === 'problem')
          throw errorOfProblem(JSON.parse(event.data)) ?? new Error('the stream ended with a problem that cannot be read')
        const line = timelineEvent.safeParse(JSON.parse(event.data))
        show(event, line.data, options)
        if (event.event === 'end') break
        if (!line.success || !waitingStates.has(line.data.event)) continue
        // The stream of a run that waits for a person goes on in silence, maybe for days. Or somebody let it go on since.
        const now = await getRun(client, id)
        if (waitingStates.has(now.state)) return now
      }
    } catch (error) {
      options.signal.throwIfAborted()
      if (client.server === null || !isPassing(error) || Date.now() - lastSeen > patience) throw error
      await pause(500, null, { signal: options.signal }).catch(() => null)
    }
  }
}

/** True for what a server that is started again soon looks like from outside. */
function isPassing(error: unknown): boolean {
  return error instanceof SegueError && ['SERVER_UNREACHABLE', 'SERVER_CLOSING', 'STORE_UNAVAILABLE'].includes(error.code)
}

/** True where waiting longer changes nothing: the run is final, or a person must act. */
export function isSettled(run: RunDocument): boolean {
  return isFinal(run.state) || waitingStates.has(run.state)
}

function show(
  { event, data }: { event: string; data: string },
  line: z.output<typeof timelineEvent> | undefined,
  { output, follow }: { output: Output; follow: boolean },
): void {
  if (event === 'progress') {
    const progress = runProgress.safeParse(JSON.parse(data))
    if (progress.success) output.progress(progressText(progress.data))
  }
  if (!follow || !line) return
  const facts = Object.entries(line.detail).map(([name, fact]) => `${name}=${typeof fact === 'string' ? fact : JSON.stringify(fact)}`)
  output.note(visible([line.at, line.event, ...facts].join('  ')))
}
