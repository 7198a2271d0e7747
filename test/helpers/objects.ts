/** The rules of configuration over a fresh store, with the real connectors. */
import { sql } from 'kysely'
import { SegueError } from '../../src/contract/errors.ts'
import type { Actor } from '../../src/contract/objects.ts'
import type { Registry } from '../../src/contract/registry.ts'
import { databaseTypes } from '../../src/databases/registry.ts'
import { destinationTypes } from '../../src/destinations/registry.ts'
import { templateTypesFor } from '../../src/destinations/template-types.ts'
import { createObjects } from '../../src/objects/objects.ts'
import type { Objects } from '../../src/objects/service.ts'
import { openVault, type Vault } from '../../src/secrets/vault.ts'
import { insertDataKey, listDataKeys } from '../../src/store/data-keys.ts'
import type { Store } from '../../src/store/open-store.ts'
import { feedDestination } from './feed-destination.ts'
import { testStore } from './store.ts'

export const owner: Actor = { id: 'owner', name: 'the owner' }

export const registry: Registry = {
  databases: databaseTypes,
  destinations: destinationTypes,
  templates: templateTypesFor(destinationTypes),
}

/** The real connectors and a record destination that connects to nothing. */
const withFeed = new Map([...destinationTypes, [feedDestination.type, feedDestination]])
export const registryWithFeed: Registry = { ...registry, destinations: withFeed, templates: templateTypesFor(withFeed) }

export interface ObjectsInStore {
  readonly store: Store
  readonly vault: Vault
  readonly objects: Objects
}

/** Configuration that is empty. */
export async function testObjects(
  change: { readonly vault?: (vault: Vault) => Vault; readonly registry?: Registry } = {},
): Promise<ObjectsInStore> {
  const store = await testStore()
  const { instanceId, db } = store
  const opened = await openVault({
    instanceId,
    secretKey: Buffer.alloc(32, 7),
    dataKeys: { list: () => listDataKeys(db), insert: (key) => insertDataKey(db, key) },
  })
  const vault = change.vault?.(opened) ?? opened
  return { store, vault, objects: createObjects({ store, vault, registry: change.registry ?? registry, clock: () => new Date() }) }
}

/** Removes every object, with its runs. */
export async function clearObjects({ store }: ObjectsInStore): Promise<void> {
  await sql`TRUNCATE object CASCADE`.execute(store.db)
}

/** The SegueError that a promise is rejected with; fails where it is not. */
export async function errorOf(promise: Promise<unknown>): Promise<SegueError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof SegueError) return error
    throw error
  }
  throw new Error('It was not refused.')
}

/** Codes and pointers of an error's fields. */
export function fieldsOf(error: SegueError): string[] {
  return error.errors.map(({ pointer, code }) => `${code} ${pointer}`)
}
