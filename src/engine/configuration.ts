import type { ObjectKind, StoredObject } from '../contract/objects.ts'
import type { ResolvedSetting } from '../contract/settings.ts'

/** What the engine asks of the rules of configuration; the objects room answers it. */
export interface Configuration {
  get<K extends ObjectKind>(kind: K, reference: string): Promise<StoredObject<K>>
  resolvedSettings(orchestration: StoredObject<'orchestration'>): Promise<ReadonlyMap<string, ResolvedSetting>>
  secretsOf(credentialId: string): Promise<Readonly<Record<string, string>>>
  remember(objectId: string, fact: string, value: string): Promise<void>
  remembered(objectId: string): Promise<Readonly<Record<string, string>>>
}
