/** What the rooms above ask of the rules of configuration. */
import type { ConfigurationChange, ConfigurationInput } from '../contract/documents.ts'
import type { Actor, ObjectKind, StoredObject } from '../contract/objects.ts'
import type { ResolvedSetting } from '../contract/settings.ts'

/** A page of a list, keyset-paged; `next` is an opaque cursor. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

/** Name and id of an object that another one names. */
export interface ObjectLink {
  readonly kind: ObjectKind
  readonly id: string
  readonly name: string
}

/** An object for people: stored form plus what is worked out. References show as ids in `spec` and as names in `links`. */
export interface ObjectView<K extends ObjectKind = ObjectKind> extends StoredObject<K> {
  readonly links: readonly ObjectLink[]
  readonly usedBy: readonly ObjectLink[]
  /** Credentials: which fields are set. */
  readonly secrets?: Readonly<
    Record<string, { readonly set: true; readonly last4: string; readonly reference: string | null; readonly updatedAt: Date }>
  >
}

/** One change of an object; `version` is what the change made. */
export interface Revision {
  readonly number: number
  readonly action: string
  readonly actor: string
  readonly at: Date
  readonly before: unknown
  readonly after: unknown
}

/**
 * Input of `create` is a configuration document without `kind` (names or ids for references), of `change` any part of one.
 * For queries and exports a change of content (database, sql, parameters, tables) goes to the draft; everything else takes effect at once.
 */
export interface Objects {
  list<K extends ObjectKind>(
    kind: K,
    options: { readonly limit: number; readonly cursor?: string | undefined; readonly search?: string | undefined },
  ): Promise<Page<ObjectView<K>>>
  /** By id or name. NOT_FOUND names the nearest name. */
  get<K extends ObjectKind>(kind: K, reference: string): Promise<ObjectView<K>>
  create<K extends ObjectKind>(kind: K, actor: Actor, input: unknown): Promise<ObjectView<K>>
  change<K extends ObjectKind>(kind: K, actor: Actor, reference: string, version: number, input: unknown): Promise<ObjectView<K>>
  /** IN_USE names the users. Orchestrations are archived: their runs stay. */
  remove(kind: ObjectKind, actor: Actor, reference: string, version: number): Promise<void>
  activate(kind: 'query' | 'export', actor: Actor, reference: string, version: number): Promise<ObjectView>
  discard(kind: 'query' | 'export', actor: Actor, reference: string, version: number): Promise<ObjectView>
  revisions(kind: ObjectKind, reference: string): Promise<readonly Revision[]>
  /** Makes a draft from the content that was active at that revision. */
  restore(kind: 'query' | 'export', actor: Actor, reference: string, version: number, revision: number): Promise<ObjectView>
  /** The settings of an orchestration after layering, each with what set it. */
  resolvedSettings(orchestration: StoredObject<'orchestration'>): Promise<ReadonlyMap<string, ResolvedSetting>>
  /** Secret values of a credential; for connections only. */
  secretsOf(credentialId: string): Promise<Readonly<Record<string, string>>>
  /** Keeps a fact learned at a connection, unless there is one; and those that there are. */
  remember(objectId: string, fact: string, value: string): Promise<void>
  remembered(objectId: string): Promise<Readonly<Record<string, string>>>
  /**
   * What applying the documents would change, or (with `commit`) changes, in one transaction. Errors carry a JSON pointer into
   * `documents` per field (`/3/settings/format`), all of them at once.
   */
  apply(
    actor: Actor,
    documents: readonly unknown[],
    options: { readonly commit: boolean; readonly prune: boolean },
  ): Promise<readonly ConfigurationChange[]>
  /** All objects as documents, defaults left out, in an order in which each names only earlier ones. Secrets are their references, or `set`. */
  export(): Promise<readonly ConfigurationInput[]>
}
