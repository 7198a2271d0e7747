import { Worker } from 'node:worker_threads'

const lookEveryMs = 500

/**
 * Runs in a thread of its own, as plain JavaScript (a thread that strips types starts slowly): when the parent process has changed, the parent
 * is dead, and so is this process.
 */
const guard = `
const parent = process.ppid
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL') }, ${lookEveryMs})
`

/**
 * Ends this process when its parent has died, even while the main thread is held up by the engine and hears no closing channel: a query that
 * nobody waits for must not go on for hours (seen: an orphan at full load after its parent was killed).
 */
export function startOrphanGuard(): void {
  new Worker(guard, { eval: true, env: {}, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 } }).unref()
}
