import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { makeDestination, makeRun } from '../../test/helpers/queued-runs.ts'
import { testStore } from '../../test/helpers/store.ts'
import { findRun, type RunRow } from '../store/runs/runs.ts'
import { watchRun } from './watch-run.ts'

test('the end of a run is told when it comes, also of one that nobody had taken when somebody began to watch it', async () => {
  const store = await testStore()
  const { id } = await makeRun(store, await makeDestination(store))
  const find = async (): Promise<RunRow> => {
    const run = await findRun(store.db, id)
    if (!run) throw new Error('no run')
    return run
  }
  const done = Promise.withResolvers<void>()
  let looks = 0
  const sleep = async (): Promise<void> => {
    looks += 1
    // After the first look the run is taken; after the second nothing but its end wakes the watcher.
    if (looks === 1) return
    await sql`UPDATE run SET state = 'succeeded', ended_at = now() WHERE id = ${id}`.execute(store.db)
    done.resolve()
    await new Promise(() => undefined)
  }
  const options = { after: 0, signal: new AbortController().signal, done: () => (looks === 0 ? undefined : done.promise), sleep }
  const kinds: string[] = []
  for await (const { kind } of watchRun(store, find, options)) kinds.push(kind)
  expect(kinds).toEqual(['end'])
})
