/** Removes what is not visible, for a run that ends: over a connection of its own, because the old one may be what failed. */
import type { FileDestination } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import type { PartRow } from '../../store/runs/parts.ts'
import type { RunChange } from '../../store/runs/run-changes.ts'
import { openFileDestination } from '../connections.ts'
import type { EngineDependencies } from '../dependencies.ts'
import type { PinnedRun } from '../pinned-run.ts'
import { filePartOf } from './file-part.ts'
import { askPublished } from './settle-publish.ts'

const cleanUpMs = 15_000

/** What is to be written about the files that were on their way. Never throws for what the destination says: a warning names what may be left there. */
export async function discardFiles(deps: EngineDependencies, pinned: PinnedRun, open: readonly PartRow[]): Promise<readonly RunChange[]> {
  const touched = open.filter(({ state, temporary_name }) => (state === 'sending' || state === 'staged') && temporary_name !== null)
  if (touched.length === 0) return []
  const changes: RunChange[] = []
  try {
    const destination = await openFileDestination(deps, pinned.destination, pinned.settings, AbortSignal.timeout(cleanUpMs))
    try {
      for (const part of touched) changes.push(...(await discardFile(destination, part)))
    } finally {
      await destination.close().catch(() => undefined)
    }
  } catch (error) {
    const settled = new Set(changes.map((change) => ('part' in change ? change.part : '')))
    for (const part of touched) {
      if (part.publish_asked_at === null || settled.has(part.id)) continue
      changes.push({ kind: 'lost', part: part.id, reason: 'Publishing was asked for, and the destination does not answer.', resend: false })
    }
    const names = touched.map(({ temporary_name }) => temporary_name).join(', ')
    const why = error instanceof SegueError ? error.detail : 'it could not be asked'
    changes.push({ kind: 'warning', text: `Temporary files may be left at the destination (${names}): ${why}` })
  }
  return changes
}

/** One that somebody asked to make visible is looked for first: it may be visible by now, and then it stays. */
async function discardFile(destination: FileDestination, row: PartRow): Promise<readonly RunChange[]> {
  const temporaryName = row.temporary_name ?? ''
  if (row.publish_asked_at === null) {
    await destination.discard(temporaryName)
    return []
  }
  const part = filePartOf(row)
  const published: RunChange = { kind: 'published', part: part.id, name: part.name }
  const lost: RunChange = { kind: 'lost', part: part.id, reason: 'Neither its temporary nor its final name is there.', resend: false }
  const outcome = await askPublished(destination, part)
  if (outcome === 'published') return [published]
  if (outcome === 'unknown') return [lost]
  if (await destination.discard(temporaryName)) return [{ kind: 'withdrawn', part: part.id }]
  // It was renamed between the look and the removal.
  return (await destination.stat(part.name))?.bytes === part.bytes ? [published] : [lost]
}
