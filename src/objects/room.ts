import type { Actor, StoredObject } from '../contract/objects.ts'
import type { Registry } from '../contract/registry.ts'
import type { Vault } from '../secrets/vault.ts'
import type { Store } from '../store/open-store.ts'
import type { Tables } from '../store/tables.ts'
import type { Transaction } from 'kysely'
import { changeObject } from './change-object.ts'
import type { Picture } from './configured.ts'
import type { Edit } from './edits.ts'
import { failWith } from './faults.ts'
import { judgeEdits } from './judge-edits.ts'

/** Everything that this room uses of the others. */
export interface ObjectsRoom {
  readonly store: Pick<Store, 'db'>
  readonly vault: Vault
  readonly registry: Registry
  readonly clock: () => Date
}

/** Judges one edit of the configuration in the picture, and writes it. */
export async function carryOut(
  { vault, registry, clock }: ObjectsRoom,
  tx: Transaction<Tables>,
  actor: Actor,
  picture: Picture,
  edit: Edit,
): Promise<StoredObject | null> {
  failWith(judgeEdits(registry, picture, [edit]))
  return changeObject({ tx, vault, actor, at: clock() }, edit)
}
