/** Puts the generated OpenAPI document in order: components that mean the same are one, those that nobody names are left out. */
import type { JsonSchema } from './setting-schemas.ts'

export interface OpenApiAnswer {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>
  readonly headers?: Readonly<Record<string, unknown>>
}

type AnswerHeader = 'etag' | 'location' | 'content-disposition'

/** `x-` fields are notes that routes leave for this file; they are not part of the finished document. */
export interface OpenApiOperation {
  readonly operationId?: string
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly required?: boolean; readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<Record<string, OpenApiAnswer>>
  /** The body may be left out. */
  readonly 'x-optional-body'?: boolean
  /** Headers of the good answer. */
  readonly 'x-answer-headers'?: readonly AnswerHeader[]
}

export interface OpenApiDocument {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

const prefix = '#/components/schemas/'

/** The document with the connectors' components in their places. Components of connectors stay even where only a person would look for them. */
export function tidied(document: OpenApiDocument, connectors: Readonly<Record<string, JsonSchema>>): OpenApiDocument {
  const schemas = { ...document.components.schemas }
  for (const [name, schema] of Object.entries(connectors)) {
    schemas[name] = schema
    if (`${name}Input` in schemas) schemas[`${name}Input`] = schema
  }
  const whole = { ...document, paths: completed(document.paths), components: { ...document.components, schemas } }
  return withoutUnused(withoutDoubles(whole), new Set(Object.keys(connectors)))
}

/** What the generator cannot know: If-Match must be sent where something is changed, some bodies need not, and what answers mean. */
function completed(paths: OpenApiDocument['paths']): OpenApiDocument['paths'] {
  const operations = (item: OpenApiDocument['paths'][string]) =>
    Object.entries(item).map(([method, operation]): [string, OpenApiOperation] => {
      const { 'x-optional-body': optionalBody, 'x-answer-headers': headers = [], parameters, requestBody, responses, ...rest } = operation
      const changes = method === 'patch' || method === 'delete'
      return [
        method,
        {
          ...rest,
          ...(parameters && {
            parameters: parameters.map((each) => ({ ...each, required: each.required === true || (changes && each.name === 'if-match') })),
          }),
          ...(requestBody && { requestBody: { ...requestBody, required: optionalBody !== true } }),
          responses: Object.fromEntries(
            Object.entries(responses).map(([status, answer]) => [status, describedAnswer(status, answer, headers)]),
          ),
        },
      ]
    })
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, Object.fromEntries(operations(item))]))
}

const meanings: Readonly<Record<string, string>> = { 200: 'Done', 201: 'Made', 202: 'Accepted; the work goes on', 204: 'Gone' }
const answerHeaders = {
  etag: { description: 'The version, for If-Match', schema: { type: 'string' } },
  location: { description: 'Where it is', schema: { type: 'string' } },
  'content-disposition': { description: 'The name of the file', schema: { type: 'string' } },
}

function describedAnswer(status: string, answer: OpenApiAnswer, headers: readonly AnswerHeader[]): OpenApiAnswer {
  if (!status.startsWith('2')) return answer
  const description = answer.description === 'Default Response' ? (meanings[status] ?? 'Done') : answer.description
  const shown = Object.fromEntries(headers.map((name) => [name, answerHeaders[name]]))
  return { ...answer, description, ...(headers.length > 0 && { headers: shown }) }
}

/**
 * The generator makes two of every component, `Run` for answers and `RunInput` for bodies. Where only one is named, or both say the same,
 * one of the plain name is left.
 */
function withoutDoubles(document: OpenApiDocument): OpenApiDocument {
  const used = namesIn(document.paths, document.components.schemas)
  const schemas = { ...document.components.schemas }
  const renamed = new Map<string, string>()
  for (const input of Object.keys(schemas).filter((name) => name.endsWith('Input'))) {
    const plain = input.slice(0, -'Input'.length)
    if (!(plain in schemas)) continue
    const same = JSON.stringify(schemas[input]).replaceAll('Input"', '"') === JSON.stringify(schemas[plain])
    if (used.has(plain) && !same) continue
    const schema = schemas[input]
    if (schema) schemas[plain] = schema
    delete schemas[input]
    renamed.set(prefix + input, prefix + plain)
  }
  const text = JSON.stringify({ ...document, components: { ...document.components, schemas } })
  return JSON.parse(text, (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? (renamed.get(value) ?? value) : plainer(value),
  ) as OpenApiDocument
}

/** Without what Zod adds to say more exactly what `date-time` and `integer` say already. */
function plainer(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const fields = Object.entries(value).filter(([name, field]) => {
    if (name === 'pattern') return !('format' in value) || value.format !== 'date-time'
    return !((name === 'minimum' || name === 'maximum') && Math.abs(Number(field)) === Number.MAX_SAFE_INTEGER)
  })
  return Object.fromEntries(fields)
}

function withoutUnused(document: OpenApiDocument, kept: ReadonlySet<string>): OpenApiDocument {
  const used = namesIn(document.paths, document.components.schemas)
  const schemas = Object.entries(document.components.schemas).filter(([name]) => used.has(name) || kept.has(name))
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } }
}

/** The names of the components that a part of the document leads to, by however many steps. */
function namesIn(part: unknown, schemas: Readonly<Record<string, JsonSchema>>): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, item] of Object.entries(value)) {
      if (key !== '$ref' || typeof item !== 'string') {
        visit(item)
        continue
      }
      const name = item.slice(prefix.length)
      if (!item.startsWith(prefix) || found.has(name)) continue
      found.add(name)
      visit(schemas[name])
    }
  }
  visit(part)
  return found
}
