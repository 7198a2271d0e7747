import type { ObjectKind, StoredObject } from '../contract/objects.ts'
import type { Configured } from './configured.ts'
import type { SecretChanges } from './secret-changes.ts'

/** An object as it shall be stored. */
export interface DesiredObject<K extends ObjectKind = ObjectKind> extends Configured<K> {
  readonly managedBy: string | null
}

export type EditAction = 'create' | 'change' | 'activate' | 'discard' | 'restore' | 'delete' | 'apply' | 'prune'

/** One object's change, decided but not yet written. Without `before` it is made, without `after` deleted. */
export interface Edit {
  readonly action: EditAction
  readonly before: StoredObject | null
  readonly after: DesiredObject | null
  readonly secrets: SecretChanges
  /** JSON pointer of the document that asks for it; '' where that is all of what was sent. */
  readonly at: string
}
