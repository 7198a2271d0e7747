import { expect, test } from 'vitest'
import { sql } from 'kysely'
import { newId } from '../../contract/ids.ts'
import { testStore } from '../../../test/helpers/store.ts'
import { addEvent, listEvents } from './run-events.ts'
import { insertRun } from './runs.ts'

test('lines that are added by several at once are numbered without a gap or a clash', async () => {
  const { db } = await testStore()
  const [orchestrationId, destinationId, id] = [newId('orchestration'), newId('destination'), newId('run')]
  await sql`INSERT INTO object (id, kind, name, version, spec) VALUES (${orchestrationId}, 'orchestration', 'o', 1, '{}'), (${destinationId}, 'destination', 'd', 1, '{}')`.execute(
    db,
  )
  await insertRun(db, {
    id,
    orchestrationId,
    orchestrationName: 'o',
    trigger: 'manual',
    actor: 'a',
    pinned: {},
    requestedAt: new Date(0),
    destinationId,
    priority: 0,
    waits: false,
  })
  const adding = Array.from({ length: 40 }, (_, number) =>
    number % 2 === 0 ? addEvent(db, id, `line ${number}`) : db.transaction().execute((trx) => addEvent(trx, id, `line ${number}`)),
  )
  await Promise.all(adding)
  const lines = await listEvents(db, id, 0)
  expect(lines.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  expect(new Set(lines.map(({ event }) => event)).size).toBe(40)
})
