/** The steps of a run that delivers records. Each begins where an earlier worker ended: what is written is what is known. */
import { join } from 'node:path'
import type { RunChange } from '../../store/runs/run-changes.ts'
import { checkSomethingAccepted } from '../decide-end.ts'
import type { StoredRun } from '../run-store.ts'
import { fileBytes } from '../run-work.ts'
import { deliverDataset, frozenRowsLost, frozenRowsOf, windowFiles } from './deliver-dataset.ts'
import { freezeRecords } from './freeze-records.ts'
import { recordPartOf } from './record-part.ts'
import { connect, type RecordWork } from './record-work.ts'
import type { Delivery } from './attempt.ts'
import type { RunSpool } from './run-spool.ts'
import { createRefusals } from './refusals.ts'
import { writeVerdicts } from './verdict-file.ts'

/** Delivers everything, or throws what stopped it; the store tells how far it came. */
export async function deliverRecords(work: RecordWork, spool: RunSpool): Promise<void> {
  const { deps, lease, run } = work
  let found = await deps.runs.load(run)
  if (found.run.frozen_at !== null && !(await hasInput(work, found))) {
    if (wasTouched(found)) throw frozenRowsLost()
    await lease.write({ kind: 'thawed' })
    found = await deps.runs.load(run)
  }
  if (found.run.frozen_at === null) {
    await freezeRecords(work, found, spool)
    found = await deps.runs.load(run)
  }
  const { queried, rejected } = sums(found)
  checkSomethingAccepted(queried, queried - rejected)
  found = await settleEarlier(work, found)
  await lease.write({ kind: 'phase', phase: 'delivering' })
  const connection = await connect(work)
  for (const row of found.datasets) {
    const dataset = frozenRowsOf(row, join(deps.spoolDir, found.run.spool ?? ''))
    const parts = found.open.filter((part) => part.dataset === row.number && part.state !== 'unknown').map(recordPartOf)
    work.progress.enter('delivering', row.name)
    const delivery: Delivery = {
      ...connection,
      work,
      dataset: row.name,
      refusals: createRefusals(Number(row.delivered) > 0),
      limited: new Map(),
      keepVerdicts: (name, verdicts) => writeVerdicts(deps.spoolDir, name, verdicts),
      startedAtMs: (found.run.started_at ?? found.run.requested_at).getTime(),
    }
    await deliverDataset(delivery, dataset, parts, windowFiles(work, await spool.session(), dataset))
  }
  const after = sums(await deps.runs.load(run))
  if (after.unknown === 0) checkSomethingAccepted(after.queried, after.delivered)
}

/** What an earlier worker was sending, or an earlier run left unknown: sent again, or a person decides (delivery.md, Unknown parts). */
export async function settleEarlier({ deps, lease, run, epoch, pinned, limits }: RecordWork, found: StoredRun): Promise<StoredRun> {
  const mayRepeat = limits.idempotent || pinned.destination.onUnknown === 'resend'
  const changes = found.open.flatMap((part): RunChange[] => {
    if (part.state === 'unknown' && mayRepeat) return [{ kind: 'reopened', part: part.id }]
    const isDoubtful = part.state === 'sending' && part.epoch !== epoch
    return isDoubtful && !mayRepeat
      ? [{ kind: 'lost', part: part.id, reason: 'Its worker ended before the destination had answered.', resend: false }]
      : []
  })
  if (changes.length === 0) return found
  await lease.write(...changes)
  return deps.runs.load(run)
}

function sums({ datasets }: StoredRun): { queried: number; rejected: number; delivered: number; unknown: number } {
  const sum = (pick: (dataset: StoredRun['datasets'][number]) => string | null): number =>
    datasets.reduce((total, dataset) => total + Number(pick(dataset) ?? 0), 0)
  return {
    queried: sum(({ queried }) => queried),
    rejected: sum(({ rejected }) => rejected),
    delivered: sum(({ delivered }) => delivered),
    unknown: sum(({ unknown }) => unknown),
  }
}

/** Whether anything was sent, or a batch is known by its key: another extraction could give other rows. */
function wasTouched({ run, datasets, open }: StoredRun): boolean {
  return run.retry_of !== null || open.some(({ state }) => state !== 'pending') || datasets.some(({ delivered }) => Number(delivered) > 0)
}

async function hasInput({ deps }: RecordWork, { run, datasets }: StoredRun): Promise<boolean> {
  for (const { frozen } of datasets) {
    if (frozen?.file == null || frozen.refused === undefined || run.spool === null) return false
    const folder = join(deps.spoolDir, run.spool)
    if ((await fileBytes(join(folder, frozen.file))) !== frozen.bytes) return false
    if ((await fileBytes(join(folder, frozen.refused))) === null) return false
  }
  return true
}
