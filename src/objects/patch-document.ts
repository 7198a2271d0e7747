/** From a change of some fields to the whole document that it asks for. */
import { documentSchemas } from '../contract/documents.ts'
import type { ObjectKind } from '../contract/objects.ts'
import type { Fault } from './faults.ts'
import type { PrintedDocument } from './kinds/kind-rules.ts'
import { isFields, type Fields } from './plain-json.ts'

export interface PatchedDocument {
  /** The document that is asked for, its form not yet checked. */
  readonly document: Fields
  readonly faults: readonly Fault[]
  /** True where the change of the content went to the draft. */
  readonly isDrafted: boolean
}

/** Fields of queries and exports that runs see: a change of them waits in the draft until it is activated. */
const contentFields = new Set(['database', 'sql', 'parameters', 'tables'])

/** Fields of files that say something else here, by the kinds that have them. */
const otherwise: Readonly<Record<string, { readonly kinds: readonly ObjectKind[] | null; readonly message: string }>> = {
  previousName: { kinds: null, message: '"name" renames; "previousName" is for files.' },
  status: { kinds: ['query', 'export'], message: 'Activate and discard change the status.' },
  draft: { kinds: ['query', 'export'], message: 'A change of an active one goes to its draft by itself: send the fields without "draft".' },
}

function without(fields: Fields, unwanted: (name: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !unwanted(name)))
}

/** The fields with those of the change over them; null takes away one that there may be (RFC 7396, one level deep). */
function over(fields: Fields, change: Fields, mayBe: (name: string) => boolean): Fields {
  return without({ ...fields, ...change }, (name) => change[name] === null && mayBe(name))
}

/** Applies a change of any fields to the document of an object. Settings, mappings and whatever else has fields of its own are replaced whole, secrets one by one. */
export function patchDocument(current: PrintedDocument, change: unknown): PatchedDocument {
  const invalid = (pointer: string, message: string): Fault => ({ code: 'INVALID', pointer, message })
  if (!isFields(change)) return { document: { ...current }, faults: [invalid('', 'A change is a set of fields.')], isDrafted: false }
  const { kind } = current
  const isOtherwise = (name: string): boolean => otherwise[name] !== undefined && (otherwise[name].kinds?.includes(kind) ?? true)
  const faults = Object.keys(change).flatMap((name) => (isOtherwise(name) ? [invalid(`/${name}`, otherwise[name]?.message ?? '')] : []))
  if (change['kind'] !== undefined && change['kind'] !== kind) faults.push(invalid('/kind', `This is a ${kind}, and stays one.`))
  const own = without(change, (name) => name === 'kind' || isOtherwise(name))
  return { ...patchedFields(current, own), faults }
}

function patchedFields(current: PrintedDocument, change: Fields): Omit<PatchedDocument, 'faults'> {
  const isField = (name: string): boolean => name in documentSchemas[current.kind].shape
  const whole = (fields: Fields, changed: Fields): Omit<PatchedDocument, 'faults'> => ({
    document: over(fields, changed, isField),
    isDrafted: false,
  })
  switch (current.kind) {
    case 'query':
    case 'export': {
      const isContent = (name: string): boolean => contentFields.has(name) && isField(name)
      const content = without(change, (name) => !isContent(name))
      if (current.status !== 'active' || Object.keys(content).length === 0) return whole({ ...current }, change)
      const draft = { ...current.draft, ...content, ...(content['parameters'] === null && { parameters: {} }) }
      return { document: over({ ...current, draft }, without(change, isContent), isField), isDrafted: true }
    }
    case 'credential': {
      if (!isFields(change['secrets'])) return whole({ ...current }, change)
      return whole({ ...current }, { ...change, secrets: over({ ...current.secrets }, change['secrets'], () => true) })
    }
    case 'orchestration': {
      // It sends one or the other: naming one takes the place of the other.
      const replaced = 'query' in change && !('export' in change) ? 'export' : 'export' in change && !('query' in change) ? 'query' : null
      return whole(
        without({ ...current }, (name) => name === replaced),
        change,
      )
    }
    default:
      return whole({ ...current }, change)
  }
}

/** Faults of a patched document, at the places where they were sent. */
export function atSentPlaces({ isDrafted }: PatchedDocument, faults: readonly Fault[]): readonly Fault[] {
  return isDrafted ? faults.map((fault) => ({ ...fault, pointer: fault.pointer.replace(/^\/draft(?=\/)/, '') })) : faults
}
