/** Between secrets as rules see them and as the store keeps them. */
import type { Vault } from '../secrets/vault.ts'
import type { SealedSecret, SecretRow } from '../store/objects/secrets.ts'
import { lastFour, type SecretContent } from './secret-changes.ts'

/** The secrets of one credential, opened. */
export function openSecrets(vault: Vault, rows: readonly SecretRow[]): Map<string, SecretContent> {
  return new Map(
    rows.map((row) => [
      row.field,
      {
        value: vault.open({ objectId: row.object_id, field: row.field }, { dataKeyId: row.data_key_id, sealed: row.sealed }),
        reference: row.reference,
      },
    ]),
  )
}

/** A secret, sealed for its place. */
export function sealSecret(vault: Vault, objectId: string, field: string, { value, reference }: SecretContent): SealedSecret {
  const { dataKeyId, sealed } = vault.seal({ objectId, field }, value)
  return { objectId, field, dataKeyId, sealed, reference, last4: lastFour(value) }
}
