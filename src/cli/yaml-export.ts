/** Configuration as canonical YAML: the same objects always give the same text. */
import { Document, parseDocument, Scalar, visit } from 'yaml'
import { documentSchemas } from '../contract/documents.ts'
import type { ObjectKind } from '../contract/objects.ts'

const options = { version: '1.2', schema: 'core' } as const
const style = { lineWidth: 0, blockQuote: 'literal' } as const

/** One YAML document per object, fields in the order of the schema, settings by name, text of several lines as blocks. */
export function documentsToYaml(documents: readonly Readonly<Record<string, unknown>>[]): string {
  return documents.map((document) => documentToYaml(document)).join('---\n')
}

function documentToYaml(value: Readonly<Record<string, unknown>>): string {
  const document = new Document(ordered(value), { ...options, aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && !survivesPlain(node.value)) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return document.toString(style)
}

/** Fields as the kind's schema lists them; what lies deeper by `fieldOrder`, then by name; lists as they are. */
function ordered(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const schema = documentSchemas[document['kind'] as ObjectKind]
  return inOrder(document, Object.keys(schema.shape))
}

/** Fields that are read in an order of their own: a column is taken from somewhere, then named, then formatted; a mode comes before its key. */
const fieldOrder = ['name', 'type', 'mode', 'from', 'value', 'to', 'cast', 'format']

function inOrder(record: Readonly<Record<string, unknown>>, order: readonly string[]): Record<string, unknown> {
  const rank = (field: string): number => (order.includes(field) ? order.indexOf(field) : order.length)
  const entries = Object.entries(record).filter(([, value]) => value !== undefined)
  const sorted = entries.toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([field, value]) => [field, deeper(value)]))
}

function deeper(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deeper)
  return isPlain(value) ? inOrder(value, fieldOrder) : value
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** False for text that a block or a plain scalar would change, such as line ends of other systems. */
function survivesPlain(text: string): boolean {
  if (/[\r\u0085\u2028\u2029\uFEFF]/.test(text)) return false
  // In its place, below a key: a block is indented there.
  const written = new Document({ text }, options).toString(style)
  const read = parseDocument(written, options)
  return read.errors.length === 0 && read.get('text') === text
}
