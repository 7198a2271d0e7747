/**
 * YAML 1.2 text to plain JSON values, with the place of every field. No custom tags, no duplicate keys, no alias bombs; numbers that a
 * JavaScript number would change stay as the text that was written.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import type { Document, Node, Pair, ParsedNode, Scalar } from 'yaml'
import { SegueError } from '../contract/errors.ts'
import type { FieldError } from '../contract/errors.ts'

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface YamlDocument {
  readonly value: unknown
  /** Where it begins, and where each field is, by JSON pointer within the document. */
  readonly start: Place
  readonly places: ReadonlyMap<string, Place>
}

/** Aliases may make a file this many nodes large, no larger. */
const mostNodes = 200_000
const mostAliases = 1000

/**
 * The documents of one file; empty ones are left out.
 * @param file the name to use in errors
 * @throws SegueError YAML_INVALID with the line and column of every mistake
 */
export function parseYamlDocuments(text: string, file: string): YamlDocument[] {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(text, {
    lineCounter,
    version: '1.2',
    schema: 'core',
    resolveKnownTags: false,
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
  })
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  const mistakes = documents.flatMap((document) => mistakesOf(document).map(({ message, offset }) => fieldError(message, placeAt(offset))))
  if (mistakes.length > 0) throw yamlInvalid(mistakes)
  return documents.flatMap((document) => {
    if (isEmpty(document)) return []
    return [readDocument(document, placeAt)]
  })
}

/** YAML_INVALID that says every place. */
export function yamlInvalid(errors: readonly FieldError[]): SegueError {
  const first = errors[0]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new SegueError('YAML_INVALID', `${first?.file ?? 'The file'}: ${first?.message ?? 'not readable'}${more}`, { errors })
}

function fieldError(message: string, place: Place, pointer = ''): FieldError {
  return { pointer, message, ...place }
}

/** Errors and warnings alike: a warning of the parser is a tag or a directive that it did not obey. */
function mistakesOf(document: Document.Parsed): { message: string; offset: number }[] {
  const mistakes = [...document.errors, ...document.warnings].map(({ message, pos }) => ({ message, offset: pos[0] }))
  const { explicit, version } = document.directives.yaml
  if (explicit === true && version !== '1.2')
    mistakes.push({ message: `YAML ${version} is not read, only YAML 1.2`, offset: document.range[0] })
  return mistakes
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === '')
}

function readDocument(document: Document.Parsed, placeAt: (offset: number) => Place): YamlDocument {
  const places = new Map<string, Place>()
  let nodes = 0
  let aliases = 0
  const placeOf = (node: Node | null): Place => placeAt(node?.range?.[0] ?? 0)
  const refuse = (node: Node | null, message: string): never => {
    throw yamlInvalid([fieldError(message, placeOf(node))])
  }

  const read = (node: Node | null, pointer: string): unknown => {
    nodes += 1
    if (nodes > mostNodes) refuse(node, `the document has more than ${mostNodes} values`)
    if (node === null) return null
    if (!places.has(pointer)) places.set(pointer, placeOf(node))
    if (isAlias(node)) {
      aliases += 1
      if (aliases > mostAliases) refuse(node, `the document uses more than ${mostAliases} aliases, or one that contains itself`)
      const target = node.resolve(document)
      return target
        ? read(target, pointer)
        : refuse(node, `there is nothing called &${node.source}; a text that begins with * needs quotes`)
    }
    if (isScalar(node)) return scalarValue(node, refuse)
    if (isSeq<Node>(node)) return node.items.map((item, index) => read(item, `${pointer}/${index}`))
    if (isMap<Scalar, Node | null>(node)) return Object.fromEntries(node.items.map((pair) => readPair(pair, pointer)))
    return refuse(node, 'this kind of value is not known')
  }
  const readPair = (pair: Pair<Scalar, Node | null>, pointer: string): [string, unknown] => {
    const key = String(pair.key.value)
    const at = `${pointer}/${pointerSegment(key)}`
    places.set(at, placeOf(pair.key))
    return [key, read(pair.value, at)]
  }

  const contents: ParsedNode | null = document.contents
  const value = read(contents, '')
  return { value, start: placeOf(contents), places }
}

function scalarValue(node: Scalar, refuse: (node: Node, message: string) => never): unknown {
  if (typeof node.value !== 'number') return node.value
  if (!Number.isFinite(node.value)) return refuse(node, `${node.source ?? 'this number'} is not a number that can be kept`)
  return isExact(node.value, node.source ?? '') ? node.value : node.source
}

/** True where a number says exactly what was written: JavaScript keeps 15 digits of any decimal, and no more of some. */
function isExact(value: number, source: string): boolean {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false
  if (/^[-+]?0[xo]/.test(source)) return true
  const digits = source
    .replace(/e.*$/i, '')
    .replaceAll(/[^0-9]/g, '')
    .replace(/^0+/, '')
  return (
    digits.length <= 15 ||
    BigInt(digits) ===
      BigInt(
        Math.abs(value)
          .toString()
          .replaceAll(/[^0-9]/g, '') || '0',
      )
  )
}

/** A key as segment of a JSON pointer (RFC 6901). */
export function pointerSegment(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
