/** What workers write, on a real PostgreSQL: only with the lease, and twice the same as once. */
import fc from 'fast-check'
import { sql } from 'kysely'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { endLease, makeDestination, makeRun, stateOf } from '../../../test/helpers/queued-runs.ts'
import { testStore } from '../../../test/helpers/store.ts'
import type { Store } from '../open-store.ts'
import { claimNext } from './claim.ts'
import { commitBatches } from './commit-batches.ts'
import type { Claim } from './lease.ts'
import type { Checkpoint, NewPart, RunChange } from './run-changes.ts'
import { runStore } from './run-store.ts'
import type { RunRow } from './runs.ts'

const leaseMs = 60_000
let store: Store
let destination: string
let claim: Claim

const claimed = async (): Promise<RunRow> => {
  const run = await claimNext(store.db, { owner: 'worker', leaseMs, orchestrations: null })
  if (!run) throw new Error('no run was due')
  return run
}
const write = (...changes: RunChange[]) => runStore(store.db).commit(claim, leaseMs, changes)

const batch = (id: string, rows = 10): NewPart => ({
  id,
  stableId: id,
  dataset: 0,
  number: 0,
  parent: null,
  name: null,
  temporaryName: null,
  from: 0,
  to: rows,
  ordinals: null,
  rows,
  attempts: 0,
  spent: 0,
  possibleDuplicate: false,
  mayHaveArrived: false,
})
const file = (id: string): NewPart => ({ ...batch(id), from: null, to: null, rows: null, name: 'a.csv', temporaryName: '.a.csv.part' })
const settled = (part: string, given: Partial<Checkpoint> = {}): RunChange => ({
  kind: 'checkpoint',
  checkpoint: {
    part,
    state: 'sent',
    delivered: 10,
    rejected: 0,
    spends: false,
    possibleDuplicate: false,
    mayHaveArrived: false,
    reason: null,
    verdictFile: null,
    ...given,
  },
})
const frozen = { file: '0.parquet', refused: '0.refused.parquet', rows: 100, bytes: 1, sha256: null, windowRows: 100 }
const freeze: RunChange = {
  kind: 'frozen',
  spool: 'run/1',
  datasets: [{ dataset: 0, frozen, columns: [], rejects: [], queried: 100, rejected: 0 }],
  files: [],
}
const plan = (...parts: NewPart[]): RunChange => ({ kind: 'plan', datasets: ['rows'], parts })
const parts = (...given: NewPart[]): RunChange => ({ kind: 'parts', dataset: 0, plannedTo: 10, parts: given })

beforeAll(async () => {
  store = await testStore()
  destination = await makeDestination(store, 100)
})
beforeEach(async () => {
  await sql`UPDATE run SET state = 'succeeded', lease_until = NULL`.execute(store.db)
  const { id } = await makeRun(store, destination)
  claim = { run: id, epoch: (await claimed()).epoch }
})

test('a batch is found by its id, however many batches there are and whatever the planner knows of them', async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => batch(`many_${index}`))
  await write(plan(...many), freeze)
  const sending = ['many_1', 'many_2'].map((part) => ({ kind: 'sending' as const, part }))
  await write(...sending)
  const scans = await store.db.transaction().execute(async (trx) => {
    const done = settled('many_1')
    if (done.kind !== 'checkpoint') throw new Error('no checkpoint')
    await commitBatches(trx, claim, leaseMs, { sending: [{ kind: 'sending', part: 'many_3' }], checkpoints: [done] })
    const { rows } = await sql<{ seq_scan: string }>`SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'part'`.execute(trx)
    return rows
  })
  expect(scans).toEqual([{ seq_scan: '0' }])
})

describe('a worker whose lease is gone writes nothing', () => {
  const kinds: readonly (readonly [name: string, changes: readonly RunChange[]])[] = [
    ['a single intent', [{ kind: 'sending', part: 'part_a' }]],
    ['intents and checkpoints', [{ kind: 'sending', part: 'part_a' }, settled('part_b')]],
    ['anything else', [{ kind: 'warning', text: 'w' }]],
    ['the end', [{ kind: 'end', state: 'succeeded', reason: null, error: null }]],
  ]
  beforeEach(async () => {
    await write(plan(batch('part_a'), batch('part_b')), freeze, { kind: 'sending', part: 'part_b' })
  })

  test.each(kinds)('%s, after its time', async (_, changes) => {
    await endLease(store, claim.run)
    const before = await stateOf(store, claim)
    expect(await write(...changes)).toEqual({ kept: false })
    expect(await stateOf(store, claim)).toEqual(before)
  })

  test.each(kinds)('%s, when another one has the run', async (_, changes) => {
    await endLease(store, claim.run)
    await claimed()
    const before = await stateOf(store, claim)
    expect(await write(...changes)).toEqual({ kept: false })
    expect(await stateOf(store, claim)).toEqual(before)
  })
})

/** One case a kind: what is there before, and the change. A new kind without a case does not compile. */
const cases: {
  readonly [K in RunChange['kind']]: { readonly before?: readonly RunChange[]; readonly change: Extract<RunChange, { kind: K }> }
} = {
  progress: { change: { kind: 'progress', progress: { phase: 'delivering', dataset: 'rows', rows: 1, bytes: 1, percent: 1 } } },
  phase: { change: { kind: 'phase', phase: 'delivering' } },
  event: { change: { kind: 'event', event: 'running' } },
  warning: { change: { kind: 'warning', text: 'w' } },
  plan: { change: plan(batch('part_plan')) as Extract<RunChange, { kind: 'plan' }> },
  frozen: { before: [plan()], change: freeze },
  thawed: { before: [plan(), freeze], change: { kind: 'thawed' } },
  parts: { before: [plan(), freeze], change: parts(batch('part_parts')) as Extract<RunChange, { kind: 'parts' }> },
  sending: { before: [plan(batch('part_sending')), freeze], change: { kind: 'sending', part: 'part_sending' } },
  staged: {
    before: [plan(file('part_staged')), { kind: 'sending', part: 'part_staged' }],
    change: { kind: 'staged', part: 'part_staged' },
  },
  checkpoint: {
    before: [plan(batch('part_checked')), freeze, { kind: 'sending', part: 'part_checked' }],
    change: settled('part_checked') as Extract<RunChange, { kind: 'checkpoint' }>,
  },
  publishing: {
    before: [plan(file('part_asked')), { kind: 'sending', part: 'part_asked' }, { kind: 'staged', part: 'part_asked' }],
    change: { kind: 'publishing', part: 'part_asked', name: 'a_1.csv' },
  },
  published: {
    before: [plan(file('part_seen')), { kind: 'sending', part: 'part_seen' }, { kind: 'staged', part: 'part_seen' }],
    change: { kind: 'published', part: 'part_seen', name: 'a.csv' },
  },
  withdrawn: {
    before: [plan(file('part_back')), { kind: 'sending', part: 'part_back' }, { kind: 'staged', part: 'part_back' }],
    change: { kind: 'withdrawn', part: 'part_back' },
  },
  lost: {
    before: [plan(batch('part_lost')), freeze, { kind: 'sending', part: 'part_lost' }],
    change: { kind: 'lost', part: 'part_lost', reason: 'r', resend: false },
  },
  reopened: {
    before: [
      plan(batch('part_open')),
      freeze,
      { kind: 'sending', part: 'part_open' },
      settled('part_open', { state: 'unknown', delivered: 0 }),
    ],
    change: { kind: 'reopened', part: 'part_open' },
  },
  leave: { change: { kind: 'leave', state: 'retry_wait', reason: 'R', error: null, tries: 1, afterMs: 0, decideWithinMs: null } },
  end: { before: [plan(), freeze], change: { kind: 'end', state: 'failed', reason: 'R', error: null } },
}

test.each(Object.entries(cases))('%s: written twice is the same as once', async (_, { before = [], change }) => {
  for (const each of before) await write(each)
  await write(change)
  const once = await stateOf(store, claim)
  // The second time, because the answer to the first was lost: where the run was let go with it, that time is refused.
  await write(change)
  expect(await stateOf(store, claim)).toEqual(once)
})

test('intents and checkpoints that come together, and one after the other, come to the same', async () => {
  const rows = ['part_1', 'part_2', 'part_3']
  await write(plan(...rows.map((id) => batch(id))), freeze)
  await write(...rows.map((part): RunChange => ({ kind: 'sending', part })))
  await write(settled('part_1'), settled('part_2', { delivered: 7, rejected: 3, verdictFile: 'v' }), { kind: 'sending', part: 'part_3' })
  const { datasets, open } = await runStore(store.db).load(claim.run)
  expect(datasets[0]).toMatchObject({ delivered: '17', rejected: '3', pending: '80' })
  expect(open).toMatchObject([{ id: 'part_3', state: 'sending', attempts: 1 }])
})

test('a batch that an earlier epoch was sending may have arrived; so says the next intent', async () => {
  await write(plan(batch('part_before')), freeze, { kind: 'sending', part: 'part_before' })
  await endLease(store, claim.run)
  claim = { run: claim.run, epoch: (await claimed()).epoch }
  await write({ kind: 'sending', part: 'part_before' })
  const { open } = await runStore(store.db).load(claim.run)
  expect(open).toMatchObject([{ state: 'sending', attempts: 2, may_have_arrived: true }])
})

test('whatever becomes of batches, the counts add up, and at the end nothing is pending', async () => {
  const outcome = fc.record({
    state: fc.constantFrom('sent' as const, 'pending' as const, 'failed' as const, 'unknown' as const),
    rejected: fc.nat(10),
    mayHaveArrived: fc.boolean(),
    possibleDuplicate: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(outcome), { minLength: 1, maxLength: 8 }), fc.boolean(), async (outcomes, isCancelled) => {
      await sql`UPDATE run SET state = 'succeeded', lease_until = NULL`.execute(store.db)
      const { id } = await makeRun(store, destination)
      claim = { run: id, epoch: (await claimed()).epoch }
      await write(plan(...outcomes.map((_, index) => batch(`${id}-${index}`))), freeze)
      for (const [index, given] of outcomes.entries()) {
        const part = `${id}-${index}`
        await write({ kind: 'sending', part })
        if (given === null) continue
        const { state, rejected, mayHaveArrived, possibleDuplicate } = given
        const isSent = state === 'sent'
        await write(
          settled(part, {
            state,
            delivered: isSent ? 10 - rejected : 0,
            rejected: isSent ? rejected : 0,
            mayHaveArrived,
            possibleDuplicate,
          }),
        )
      }
      await write({ kind: 'end', state: isCancelled ? 'cancelled' : 'failed', reason: 'R', error: null })
      const { datasets, open } = await runStore(store.db).load(id)
      const [counts] = datasets
      const sum = ['delivered', 'rejected', 'skipped', 'unknown', 'pending'] as const
      expect(sum.reduce((total, name) => total + Number(counts?.[name]), 0)).toBe(100)
      expect(counts?.pending).toBe('0')
      // What may have arrived is unknown, not skipped.
      const isUnknown = outcomes.filter(
        (given) => given === null || given.state === 'unknown' || (given.state !== 'sent' && given.mayHaveArrived),
      )
      expect(counts?.unknown).toBe(String(isUnknown.length * 10))
      expect(open.filter(({ state }) => state !== 'unknown' && state !== 'failed')).toEqual([])
    }),
    { numRuns: 40 },
  )
})
