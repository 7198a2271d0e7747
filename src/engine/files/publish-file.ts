/** Makes staged files visible: roll forward only, the intent first (delivery.md, Publishing). */
import type { FileDestination } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { mostNumbers, numberedName } from '../../templates/numbered-name.ts'
import type { EngineDependencies } from '../dependencies.ts'
import type { FilePart } from './file-part.ts'
import type { FileWork } from './file-work.ts'
import { askPublished } from './settle-publish.ts'

/** Publishes one file, or finds out what an earlier try came to. Throws what stopped it; the next worker settles what was asked for. */
export async function publishFile(work: FileWork, destination: FileDestination, part: FilePart, canResend: boolean): Promise<void> {
  const { lease, deps, pinned } = work
  if (part.publishAsked) {
    const outcome = await askPublished(destination, part)
    if (outcome === 'published') return lease.write({ kind: 'published', part: part.id, name: part.name })
    if (outcome === 'unknown') {
      const resend = pinned.destination.onUnknown === 'resend' && canResend
      return lease.write({ kind: 'lost', part: part.id, reason: 'Neither its temporary nor its final name is there.', resend })
    }
  }
  const name = await rename(work, destination, part)
  deps.reached('file_renamed')
  await lease.write({ kind: 'published', part: part.id, name })
  deps.reached('file_published')
}

/** Gives the file its name; with `number` the first that is free. Only this is fenced, not the upload before it. */
async function rename(work: FileWork, destination: FileDestination, part: FilePart): Promise<string> {
  const { file } = work
  // A name that was asked for is asked for again: the file may have it already.
  if (file.existing !== 'number' || part.publishAsked) {
    await ask(work, destination, part, part.name, file.existing === 'replace' ? 'replace' : 'fail')
    return part.name
  }
  for (let number = 0; number <= mostNumbers; number++) {
    const name = numberedName(part.name, number)
    if ((await destination.stat(name)) !== null) continue
    try {
      await ask(work, destination, part, name, 'fail')
      return name
    } catch (error) {
      if (!(error instanceof SegueError) || error.code !== 'FILE_EXISTS') throw error
    }
  }
  throw new SegueError('FILE_EXISTS', `${part.name} is at the destination already, and so are ${mostNumbers} numbered ones.`)
}

async function ask(
  { lease, deps, definition }: FileWork,
  destination: FileDestination,
  part: FilePart,
  name: string,
  existing: 'fail' | 'replace',
): Promise<void> {
  await lease.write({ kind: 'publishing', part: part.id, name })
  deps.reached('publish_intent_written')
  const commitMs = Math.min(definition.capabilities.commitMs, deps.timings.commitMs)
  const commit = (): Promise<void> => destination.publish({ name, temporaryName: part.temporaryName }, existing)
  await lease.during(commitMs, () => within(deps, commitMs, name, commit()))
}

/** The lease covers so much and no more: what has no answer then is settled by whoever has the run next. */
async function within({ sleep }: EngineDependencies, ms: number, name: string, commit: Promise<void>): Promise<void> {
  const done = new AbortController()
  const late = sleep(ms, done.signal).then(
    () => Promise.reject(new SegueError('DESTINATION_LOST', `"${name}": no answer to its renaming within ${ms / 1000} s.`)),
    () => undefined,
  )
  try {
    await Promise.race([commit, late])
  } finally {
    done.abort()
  }
}
