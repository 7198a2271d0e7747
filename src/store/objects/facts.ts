/** Statements on facts that were learned at connections. */
import type { Db } from './object-row.ts'

/** Keeps a fact, unless there is one; nothing happens where the object is gone. */
export async function insertFact(db: Db, objectId: string, fact: string, value: string): Promise<void> {
  await db
    .insertInto('remembered_fact')
    .columns(['object_id', 'fact', 'value'])
    .expression((from) =>
      from
        .selectFrom('object')
        .select((select) => ['id', select.val(fact).as('fact'), select.val(value).as('value')])
        .where('id', '=', objectId)
        .where('archived_at', 'is', null),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function listFacts(db: Db, objectId: string): Promise<{ fact: string; value: string }[]> {
  return db.selectFrom('remembered_fact').select(['fact', 'value']).where('object_id', '=', objectId).orderBy('fact').execute()
}

export async function deleteFacts(db: Db, objectId: string): Promise<void> {
  await db.deleteFrom('remembered_fact').where('object_id', '=', objectId).execute()
}
