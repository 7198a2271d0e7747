/** From what a person or a program wrote to a document of the contract: every fault of its form at once, nothing looked up yet. */
import { z } from 'zod'
import { documentSchemas, laterFields, laterKinds, laterModes, type ConfigurationDocument } from '../contract/documents.ts'
import { isId } from '../contract/ids.ts'
import { nearest } from '../contract/nearest.ts'
import { objectKinds, type ObjectKind } from '../contract/objects.ts'
import { pointerTo, type Fault } from './faults.ts'
import { isFields, plainJson, type Fields } from './plain-json.ts'
import { zodFaults } from './zod-faults.ts'

export type DocumentOf<K extends ObjectKind> = Extract<ConfigurationDocument, { kind: K }>

export interface ParsedDocument {
  /** JSON pointer of the document in what was sent; '' where it is all of it. */
  readonly at: string
  /** Kind and names, where they could be read although something else is wrong. */
  readonly kind: ObjectKind | null
  readonly name: string | null
  readonly previousName: string | null
  /** null where there are faults. */
  readonly document: ConfigurationDocument | null
  readonly faults: readonly Fault[]
}

function kindFault(given: unknown): string {
  const known = objectKinds.join(', ')
  if (given === undefined) return `It is required: ${known}.`
  return `There is no kind ${JSON.stringify(given)}; the kinds are ${known}.${typeof given === 'string' ? nearest(given, objectKinds) : ''}`
}

/** Takes what this version does not have yet out of the document, and says so. */
function takeLater(kind: ObjectKind, fields: Fields, at: string): { readonly fields: Fields; readonly faults: readonly Fault[] } {
  const left = structuredClone(fields)
  const faults: Fault[] = []
  const later = (path: readonly string[], what: string): void => {
    faults.push({ code: 'NOT_AVAILABLE', pointer: pointerTo(at, ...path), message: `This version does not have ${what} yet.` })
  }
  for (const dotted of laterFields[kind] ?? []) {
    const path = dotted.split('.')
    const name = path.at(-1) ?? dotted
    const holder = path.slice(0, -1).reduce<unknown>((value, step) => (isFields(value) ? value[step] : undefined), left)
    if (!isFields(holder) || !(name in holder)) continue
    delete holder[name]
    later(path, `the ${kind} field "${dotted}"`)
  }
  const { delivery, workflow } = left
  if (isFields(delivery) && typeof delivery['mode'] === 'string' && laterModes.includes(delivery['mode'])) {
    later(['delivery', 'mode'], `the delivery mode "${delivery['mode']}"`)
    delivery['mode'] = 'full'
  }
  if (isFields(workflow) && workflow['mode'] === 'automatic') {
    later(['workflow', 'mode'], 'the workflow mode "automatic"')
    workflow['mode'] = 'manual'
  }
  return { fields: left, faults }
}

/** Columns that are named twice; the engines compare names without case. */
function repeatedColumns(names: readonly string[]): { readonly index: number; readonly message: string }[] {
  const folded = names.map((name) => name.toLowerCase())
  return names.flatMap((name, index) =>
    folded.indexOf(name.toLowerCase()) === index ? [] : [{ index, message: `The column "${name}" is named twice.` }],
  )
}

/** What the schema of a document leaves open. */
function documentFaults(document: ConfigurationDocument, at: string): Fault[] {
  const faults: Fault[] = []
  const invalid = (path: readonly string[], message: string): void => {
    faults.push({ code: 'INVALID', pointer: pointerTo(at, ...path), message })
  }
  if (isId(document.kind, document.name)) invalid(['name'], `"${document.name}" looks like an id; choose another name.`)
  if (document.kind === 'orchestration') {
    for (const { index, message } of repeatedColumns(document.delivery.key ?? [])) invalid(['delivery', 'key', String(index)], message)
    if (document.workflow.mode !== 'manual')
      invalid(['workflow', 'mode'], `There is no workflow mode "${document.workflow.mode}"; this version has manual.`)
    if ((document.query === undefined) === (document.export === undefined)) {
      invalid([], 'An orchestration sends one query or one export: give one of "query" and "export".')
    }
  }
  if ((document.kind === 'query' || document.kind === 'export') && document.draft !== undefined && document.status !== 'active') {
    invalid(['draft'], 'A draft stands beside an active one only: write "status: active", or leave "draft" out.')
  }
  return faults
}

/** Reads a document that stands at `at`. Never throws. */
export function parseDocument(given: unknown, at: string): ParsedDocument {
  const plain = plainJson(given, at)
  const unread = { at, kind: null, name: null, previousName: null, document: null }
  if (!isFields(plain.value)) return { ...unread, faults: [{ code: 'INVALID', pointer: at, message: 'A document is a set of fields.' }] }
  const kind = z.enum(objectKinds).safeParse(plain.value['kind'])
  if (!kind.success) {
    const wanted = plain.value['kind']
    const fault: Fault =
      typeof wanted === 'string' && laterKinds.includes(wanted)
        ? { code: 'NOT_AVAILABLE', pointer: `${at}/kind`, message: `This version does not have the kind "${wanted}" yet.` }
        : { code: 'INVALID', pointer: `${at}/kind`, message: kindFault(wanted) }
    return { ...unread, faults: [...plain.faults, fault] }
  }
  const { fields, faults: later } = takeLater(kind.data, plain.value, at)
  const schema: z.ZodType<ConfigurationDocument> = documentSchemas[kind.data]
  const parsed = schema.safeParse(fields)
  const found = parsed.success ? documentFaults(parsed.data, at) : zodFaults(schema, parsed.error.issues, fields, at)
  const faults = [...plain.faults, ...later, ...found]
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    at,
    kind: kind.data,
    name: text(fields['name']),
    previousName: text(fields['previousName']),
    document: parsed.success && faults.length === 0 ? parsed.data : null,
    faults,
  }
}
