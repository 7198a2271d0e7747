/**
 * Envelope encryption of secrets: the instance key wraps data keys, a data key seals secrets. The store holds only wrapped keys and
 * sealed boxes; changing the instance key means wrapping a few data keys anew.
 */
import { randomBytes } from 'node:crypto'
import { SegueError } from '../contract/errors.ts'
import { openBox, sealBox } from './sealing.ts'

/** Where a secret belongs; its box opens nowhere else. */
export interface SecretPlace {
  readonly objectId: string
  readonly field: string
}

export interface SealedSecret {
  readonly dataKeyId: string
  readonly sealed: Buffer
}

export interface Vault {
  seal(at: SecretPlace, plain: string): SealedSecret
  /** Throws SECRET_UNREADABLE for a box that was moved, changed, or sealed with a key that is not here. */
  open(at: SecretPlace, box: SealedSecret): string
}

interface WrappedKey {
  readonly id: string
  readonly wrapped: Buffer
}

export interface VaultOptions {
  readonly instanceId: string
  /** 32 bytes (secret-key.ts). */
  readonly secretKey: Buffer
  readonly dataKeys: {
    /** Oldest first. */
    list(): Promise<WrappedKey[]>
    /** Adds it unless a key has that id already. */
    insert(key: WrappedKey): Promise<void>
  }
}

/** Opens the vault of an instance; makes its first data key where there is none. Throws SECRET_KEY_WRONG. */
export async function openVault({ instanceId, secretKey, dataKeys }: VaultOptions): Promise<Vault> {
  let wrapped = await dataKeys.list()
  if (wrapped.length === 0) {
    await dataKeys.insert(firstKey(instanceId, secretKey))
    wrapped = await dataKeys.list()
  }
  const keys = new Map(wrapped.map(({ id, wrapped: box }) => [id, unwrap(instanceId, secretKey, id, box)]))
  const newest = wrapped.at(-1)?.id ?? ''

  return {
    seal: ({ objectId, field }, plain) => {
      const key = keys.get(newest)
      if (!key) throw new SegueError('INTERNAL', 'The vault has no data key.')
      return { dataKeyId: newest, sealed: sealBox(key, ['secret', instanceId, objectId, field], Buffer.from(plain)) }
    },
    open: ({ objectId, field }, { dataKeyId, sealed }) => {
      const key = keys.get(dataKeyId)
      const plain = key && openBox(key, ['secret', instanceId, objectId, field], sealed)
      if (!plain) throw new SegueError('SECRET_UNREADABLE', `The stored value of ${field} of ${objectId} does not open.`)
      return plain.toString()
    },
  }
}

/** Its id follows from the instance: of two commands that start a fresh instance at once, one inserts it and both use that one. */
function firstKey(instanceId: string, secretKey: Buffer): WrappedKey {
  const id = instanceId.replace(/^ins_/, 'key_')
  return { id, wrapped: sealBox(secretKey, ['data key', instanceId, id], randomBytes(32)) }
}

function unwrap(instanceId: string, secretKey: Buffer, id: string, wrapped: Buffer): Buffer {
  const key = openBox(secretKey, ['data key', instanceId, id], wrapped)
  if (!key) throw new SegueError('SECRET_KEY_WRONG', `The secret key does not open the data key ${id} of this instance.`)
  return key
}
