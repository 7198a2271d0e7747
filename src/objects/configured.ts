import type { ObjectKind, StoredObject } from '../contract/objects.ts'

/** An object as rules see it: what is stored, without its history. */
export type Configured<K extends ObjectKind = ObjectKind> = Pick<StoredObject<K>, 'id' | 'kind' | 'name' | 'spec'>

/** A picture of the configuration, or of the part of it that a change touches, for rules to look at. Immutable. */
export interface Picture {
  readonly objects: readonly Configured[]
  get<K extends ObjectKind>(kind: K, id: string): Configured<K> | undefined
  find<K extends ObjectKind>(kind: K, name: string): Configured<K> | undefined
  nameOf(id: string): string | undefined
  /** The objects that use it, each once. */
  usersOf(id: string): readonly Configured[]
}

export function isKind<K extends ObjectKind>(object: Configured | undefined, kind: K): object is Configured<K> {
  return object?.kind === kind
}

/** How people call an object in a sentence: "orchestration brazil-to-partner". */
export function called(object: { readonly kind: ObjectKind; readonly name: string }): string {
  return `${object.kind} ${object.name}`
}
