/** From a change of some fields to the whole document that it asks for. */
import { documentSchemas } from '../contract/documents.ts'
import type { ObjectKind } from '../contract/objects.ts'
import { pointerTo, type Fault } from './faults.ts'
import type { PrintedDocument } from './kinds/kind-rules.ts'

type Fields = Readonly<Record<string, unknown>>

/** Fields of queries and exports that runs see: a change of them waits in the draft until it is activated. */
const contentFields: readonly string[] = ['database', 'sql', 'parameters', 'tables']

/** Fields that are changed in another way, with what does it. */
const changedElsewhere: Readonly<Record<string, string>> = {
  status: 'Activate and discard change the status.',
  draft: 'A change of an active one goes to its draft by itself: send the fields without "draft".',
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fields with those of the change over them; null takes an optional one away (RFC 7396, one level deep). */
function merged(fields: Fields, change: Fields, known: (name: string) => boolean): Fields {
  const isTaken = ([name, value]: [string, unknown]): boolean => value === null && known(name)
  const taken = new Set(Object.entries(change).filter(isTaken).map(([name]) => name))
  return Object.fromEntries(Object.entries({ ...fields, ...change }).filter(([name]) => !taken.has(name)))
}

export interface PatchedDocument {
  /** The document that is asked for, its form not yet checked. */
  readonly document: Fields
  readonly faults: readonly Fault[]
  /** Where a place in `document` stands in the change that was sent. */
  sentPointer(pointer: string): string
}

/** Applies a change of any fields to the document of an object. Settings and mappings are replaced whole, secrets one by one. */
export function patchDocument(kind: ObjectKind, current: PrintedDocument, change: unknown): PatchedDocument {
  const same = (pointer: string): string => pointer
  const invalid = (pointer: string, message: string): Fault => ({ code: 'INVALID', pointer, message })
  if (!isFields(change)) return { document: { ...current }, faults: [invalid('', 'A change is a set of fields.')], sentPointer: same }
  const { kind: sentKind, ...fields } = change
  const faults: Fault[] = sentKind === undefined || sentKind === kind ? [] : [invalid('/kind', `This is a ${kind}, and stays one.`)]
  if ('previousName' in fields) faults.push({ code: 'UNKNOWN_FIELD', pointer: '/previousName', message: 'There is no field "previousName" here; "name" renames.' })
  const hasLifecycle = kind === 'query' || kind === 'export'
  if (hasLifecycle) {
    faults.push(...Object.entries(changedElsewhere).flatMap(([name, message]) => (name in fields ? [invalid(`/${name}`, message)] : [])))
  }
  const known = (name: string): boolean => name in documentSchemas[kind].shape
  const { previousName: _previousName, status: _status, draft: _draft, ...rest } = fields
  const own = hasLifecycle ? rest : { ...rest, ...('status' in fields && { status: fields['status'] }), ...('draft' in fields && { draft: fields['draft'] }) }
  if (hasLifecycle && 'status' in current && current.status === 'active') return { ...patchedDraft(current, own, known), faults }
  if (current.kind === 'credential' && isFields(own['secrets'])) {
    const secrets = merged({ ...current.secrets }, own['secrets'], () => true)
    return { document: { ...merged({ ...current }, own, known), secrets }, faults, sentPointer: same }
  }
  return { document: merged(withOneObject(current, own), own, known), faults, sentPointer: same }
}

/** The document of an active one, with what the change says of its content in the draft. */
function patchedDraft(current: Extract<PrintedDocument, { kind: 'query' | 'export' }>, change: Fields, known: (name: string) => boolean): Omit<PatchedDocument, 'faults'> {
  const content = Object.entries(change).filter(([name]) => contentFields.includes(name) && known(name))
  const rest = Object.fromEntries(Object.entries(change).filter(([name]) => !content.some(([moved]) => moved === name)))
  const document = merged({ ...current }, rest, known)
  if (content.length === 0) return { document, sentPointer: (pointer) => pointer }
  const moved = Object.fromEntries(content.map(([name, value]) => [name, name === 'parameters' && value === null ? {} : value]))
  return { document: { ...document, draft: { ...current.draft, ...moved } }, sentPointer: (pointer) => pointer.replace(/^\/draft(?=\/)/, '') }
}

/** An orchestration's document without the object that the change replaces by one of the other kind. */
function withOneObject(current: PrintedDocument, change: Fields): Fields {
  const { ...fields }: Fields = current
  if (current.kind !== 'orchestration' || ('query' in change && 'export' in change)) return fields
  const replaced = 'query' in change ? 'export' : 'export' in change ? 'query' : null
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== replaced))
}

/** The faults of a patched document, at the places that were sent. */
export function atSentPlaces({ sentPointer }: PatchedDocument, faults: readonly Fault[]): Fault[] {
  return faults.map((fault) => ({ ...fault, pointer: sentPointer(fault.pointer) }))
}

/** What a document of the kind names, as far as it can be read. */
export function namesIn(fields: unknown, names: Readonly<Record<string, ObjectKind>>): { readonly kind: ObjectKind; readonly reference: string; readonly pointer: string }[] {
  if (!isFields(fields)) return []
  const here = Object.entries(names).flatMap(([field, kind]) => {
    const reference = fields[field]
    return typeof reference === 'string' ? [{ kind, reference, pointer: pointerTo('', field) }] : []
  })
  return [...here, ...namesIn(fields['draft'], names)]
}
