import type { ConfigurationInput } from '../../contract/documents.ts'
import type { ObjectKind, Specs } from '../../contract/objects.ts'
import type { Registry } from '../../contract/registry.ts'
import type { Fault } from '../faults.ts'
import type { DocumentOf } from '../parse-document.ts'
import type { Configured, Picture } from '../configured.ts'

/** A document as `export` prints it: names for references, defaults left out. */
export type PrintedDocument<K extends ObjectKind = ObjectKind> = Extract<ConfigurationInput, { kind: K }>

/** What turning a document into a spec may use. Pointers are relative to the document. */
export interface Reading<K extends ObjectKind = ObjectKind> {
  /** The spec that the document would replace. */
  readonly current: Specs[K] | null
  /** The id of an object that the document names; where there is none it notes a fault and gives ''. */
  resolve(kind: ObjectKind, reference: string, pointer: string): string
  note(fault: Fault): void
}

export interface ReferenceTo {
  /** Where it stands in the spec. */
  readonly field: string
  readonly kind: ObjectKind
  readonly id: string
}

/** What the rules look at: the connectors, and the configuration as it would be. */
export interface Surroundings {
  readonly registry: Registry
  readonly picture: Picture
}

/** Everything that is particular to one kind of object. */
export interface KindRules<K extends ObjectKind> {
  /** Fields of a document that name other objects, with the kind that they name. */
  readonly names: Readonly<Record<string, ObjectKind>>
  /** The stored form of a document. */
  toSpec(document: DocumentOf<K>, reading: Reading<K>): Specs[K]
  /** The document of an object; the exact way back of `toSpec`. Secrets are not in it. */
  toDocument(object: Configured<K>, nameOf: (id: string) => string): PrintedDocument<K>
  references(spec: Specs[K]): readonly ReferenceTo[]
  /** What is wrong with the object among the others; pointers into its document. */
  check(object: Configured<K>, surroundings: Surroundings): readonly Fault[]
}
