import { isFinal } from '../contract/runs.ts'
import type { Store } from '../store/open-store.ts'
import { listEvents } from '../store/runs/run-events.ts'
import type { RunRow } from '../store/runs/runs.ts'
import { durably } from './durably.ts'
import { loadDocuments } from './run-document.ts'
import type { RunNews } from './service.ts'

const pollMs = 200
/** With one look more it stays below the second that is promised. */
const beatMs = 700

/**
 * News of a run, from the store: so it works for runs of other processes too, and a watcher that comes back misses nothing of the timeline.
 *
 * @param find reads the run
 * @param options.done of a run that this process works on by now: resolves when it has left its hands, so that its watcher need not wait for the next look
 */
export async function* watchRun(
  store: Store,
  find: () => Promise<RunRow>,
  options: {
    readonly after: number
    readonly signal: AbortSignal
    readonly done: () => Promise<void> | undefined
    readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  },
): AsyncGenerator<RunNews> {
  let { after } = options
  let lastProgress = { text: '', at: Number.NEGATIVE_INFINITY }
  while (!options.signal.aborted) {
    // The run first, its timeline second: an event of the end is then never missed.
    const run = await durably(find)
    for (const { number, at, event, detail } of await durably(() => listEvents(store.db, run.id, after))) {
      after = number
      yield { kind: 'event', number, at: at.toISOString(), event, detail: { ...detail } }
    }
    if (isFinal(run.state)) {
      const [document] = await durably(() => loadDocuments(store, [run]))
      if (document) yield { kind: 'end', run: document }
      return
    }
    const [text, now] = [JSON.stringify(run.progress), performance.now()]
    // Told again where nothing changes, so that a watcher can tell a long step from a dead connection.
    if (run.progress !== null && (text !== lastProgress.text || now - lastProgress.at >= beatMs)) {
      lastProgress = { text, at: now }
      yield { kind: 'progress', progress: run.progress }
    }
    const pause = options.sleep(pollMs, options.signal).catch(() => undefined)
    const done = options.done()
    await (done ? Promise.race([pause, done]) : pause)
  }
}
