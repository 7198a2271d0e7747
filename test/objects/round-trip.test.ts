/** Configuration as files is the same configuration: export, apply, and nothing changes, whatever the configuration is. */
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { ConfigurationInput, SecretValue } from '../../src/contract/documents.ts'
import { objectName } from '../../src/contract/objects.ts'
import { clearObjects, owner, registryWithFeed, testObjects, type ObjectsInStore } from '../helpers/objects.ts'

type Document = Readonly<Record<string, unknown>> & { readonly name: string }

const text = fc.string({ unit: 'binary', maxLength: 30 }).map((given) => given.toWellFormed().replaceAll('\0', ''))
const word = text.map((given) => given || 'x')
const name = fc
  .oneof(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }))
  .filter((given) => objectName.safeParse(given).success)
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const optional = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) => fc.record(fields, { requiredKeys: [] })
const named = (arbitrary: fc.Arbitrary<object>, least: number): fc.Arbitrary<Document[]> =>
  fc.uniqueArray(
    fc.tuple(name, arbitrary).map(([given, fields]) => ({ name: given, ...fields })),
    { minLength: least, maxLength: 3, selector: (document) => document.name },
  )

const secret: fc.Arbitrary<SecretValue> = fc.oneof(
  word.filter((value) => value !== 'set' && !value.includes('${')),
  fc.record({ value: word, reference: fc.constantFrom('${env:A}', '${file:./b}') }),
)
const credentials = named(
  fc.record({
    kind: fc.constant('credential'),
    type: fc.constant('sftp'),
    description: maybe(text),
    secrets: fc.record({ user: secret, password: secret }, { requiredKeys: ['user'] }),
  }),
  1,
)
const databases = named(
  fc.record({ kind: fc.constant('database'), type: fc.constant('duckdb'), description: maybe(text), settings: fc.record({ path: word }) }),
  1,
)

const parameters = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z_]{0,5}[xyz]$/),
  fc.oneof(fc.record({ type: fc.constant('text'), default: fc.option(text) }), fc.constant({ type: 'date' })),
  { maxKeys: 3 },
)
const tables = fc.oneof(
  fc.constant('all' as const),
  fc.uniqueArray(fc.record({ name: word, columns: maybe(fc.uniqueArray(word, { minLength: 1, maxLength: 3 })) }), {
    minLength: 1,
    maxLength: 3,
    selector: (table) => table.name,
  }),
)
const index = fc.nat(2)
const queries = named(
  fc.record({
    kind: fc.constant('query'),
    database: index,
    status: fc.constantFrom('active', 'active', 'draft', undefined),
    description: maybe(text),
    folder: maybe(text),
    labels: maybe(fc.array(word, { maxLength: 2 })),
    parameters: maybe(parameters),
    sql: word,
    draft: maybe(optional({ database: index, sql: word, parameters })),
  }),
  1,
)
const exports = named(
  fc.record({
    kind: fc.constant('export'),
    database: index,
    status: fc.constantFrom('active', 'draft'),
    description: maybe(text),
    tables,
    draft: maybe(optional({ tables, database: index })),
  }),
  1,
)

/** Values of file settings that go together; each is set in one layer only. */
const fileSettings = {
  format: 'csv',
  header: true,
  quote: 'all',
  nullText: 'NULL',
  lineEnding: 'crlf',
  existing: 'number',
  emptyResult: 'skip',
  fileName: 'x_{{ table }}.csv',
}
const layering = fc.record(
  Object.fromEntries(Object.keys(fileSettings).map((key) => [key, fc.constantFrom('destination', 'template', 'orchestration', null)])),
)
const positive = fc.integer({ min: 1, max: 1000 })
const runs = optional({ runs: positive })
const requests = optional({ runs: positive, requestsPerSecond: fc.double({ min: 0.001, max: 1e6, noNaN: true }), parallel: positive })
const onUnknown = maybe(fc.constantFrom('resend', 'hold'))
const destinations = named(
  fc.oneof(
    fc.record({
      kind: fc.constant('destination'),
      type: fc.constant('local'),
      description: maybe(text),
      settings: fc.record({ folder: word }),
      limits: maybe(runs),
      onUnknown,
    }),
    fc.record({
      kind: fc.constant('destination'),
      type: fc.constant('sftp'),
      credential: index,
      settings: fc.record({ host: word, port: fc.integer({ min: 1, max: 65_535 }) }, { requiredKeys: ['host'] }),
      limits: maybe(runs),
    }),
    fc.record({
      kind: fc.constant('destination'),
      type: fc.constant('feed'),
      settings: fc.record({ address: word }),
      limits: maybe(requests),
      onUnknown,
    }),
  ),
  1,
)
const entry = fc.oneof(
  fc.record({ from: word, to: word, cast: fc.constant('date'), format: word }, { requiredKeys: ['from'] }),
  fc.record({
    value: fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    to: word,
  }),
)
const list = fc.array(entry, { minLength: 1, maxLength: 3 })
const templates = named(
  fc.record({
    kind: fc.constant('template'),
    type: fc.constant('file'),
    description: maybe(text),
    mapping: maybe(
      fc.oneof(
        list,
        fc.dictionary(
          word.filter((key) => key !== '__proto__'),
          list,
          { minKeys: 1, maxKeys: 2 },
        ),
      ),
    ),
  }),
  1,
)
const orchestrations = named(
  fc.record({
    kind: fc.constant('orchestration'),
    object: index,
    destination: index,
    template: maybe(index),
    enabled: maybe(fc.boolean()),
    description: maybe(text),
    mode: fc.constantFrom('full', 'append', undefined),
    key: maybe(fc.constantFrom(['id'], ['country', 'Größe'])),
    retry: maybe(optional({ attempts: fc.constantFrom(1, 5, 100), within: fc.constantFrom('30s', '6h', '360m', '2d') })),
    priority: maybe(fc.integer({ min: -100, max: 100 })),
  }),
  0,
)

const at = <T>(items: readonly T[], position: unknown): T | undefined =>
  typeof position === 'number' ? items[position % items.length] : undefined
const clean = (fields: Document): Document => JSON.parse(JSON.stringify(fields)) as Document

/** Documents that are right, from fields whose references are numbers. */
const configuration = fc
  .record({ credentials, databases, queries, exports, destinations, templates, orchestrations, layering })
  .map((given) => {
    const settingsOf = (layer: string) => Object.fromEntries(Object.entries(fileSettings).filter(([key]) => given.layering[key] === layer))
    const withDatabase = (fields: Document, whole = true): Document => ({
      ...fields,
      ...(('database' in fields || whole) && { database: at(given.databases, fields['database'])?.name }),
    })
    const withDraft = (document: Document): Document => {
      const draft = document['draft'] as Document | undefined
      return { ...withDatabase(document), draft: draft && document['status'] === 'active' ? withDatabase(draft, false) : undefined }
    }
    const objects = [...given.queries, ...given.exports].filter((object) => object['status'] === 'active')
    const orchestrated = given.orchestrations.flatMap((fields): Document[] => {
      const object = at(objects, fields['object'])
      const template = at(given.templates, fields['template'])
      if (!object || (object['kind'] === 'query' && template && !Array.isArray(template['mapping'] ?? []))) return []
      const { object: _object, mode, key, ...rest } = fields
      const destination = at(given.destinations, fields['destination'])
      const common = { ...rest, [String(object['kind'])]: object.name, destination: destination?.name }
      return [
        destination?.['type'] === 'feed'
          ? { ...common, template: undefined, settings: { event: 'seen' }, delivery: { mode: 'append', key } }
          : { ...common, template: template?.name, settings: settingsOf('orchestration'), delivery: mode && { mode } },
      ]
    })
    return [
      ...given.credentials,
      ...given.databases,
      ...given.queries.map(withDraft),
      ...given.exports.map(withDraft),
      ...given.destinations.map((fields) => ({
        ...fields,
        credential: at(given.credentials, fields['credential'])?.name,
        settings: { ...(fields['settings'] as object), ...(fields['type'] === 'feed' ? {} : settingsOf('destination')) },
      })),
      ...given.templates.map((fields) => ({ ...fields, settings: settingsOf('template') })),
      ...orchestrated,
    ].map(clean)
  })

let room: ObjectsInStore
beforeAll(async () => {
  room = await testObjects({ registry: registryWithFeed })
})

const apply = (documents: readonly unknown[]) => room.objects.apply(owner, documents, { commit: true, prune: false })

/** What the command that applies does: references get their values, `set` stays. */
function resolved(exported: readonly ConfigurationInput[], original: readonly Document[]): unknown[] {
  return exported.map((document) => {
    const secrets = original.find(({ kind, name: wanted }) => kind === 'credential' && wanted === document.name)?.['secrets']
    return document.kind === 'credential' ? { ...document, secrets } : document
  })
}

const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The fields without those that say what is so without them. */
function withoutDefaults(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const defaults: Readonly<Record<string, unknown>> = {
    enabled: true,
    status: 'draft',
    onUnknown: 'resend',
    priority: 0,
    delivery: { mode: 'full' },
  }
  return Object.fromEntries(
    Object.entries(fields).filter(([key, value]) => !(key in defaults && equal(defaults[key], value)) && !isEmpty(value)),
  )
}

/** What must be printed of a document, worked out another way than the rules do. */
function canonical(document: Document): Record<string, unknown> {
  const printedDeclarations = (given: unknown) =>
    given &&
    Object.fromEntries(
      Object.entries(given).map(([key, { type, default: value }]: [string, { type: string; default?: unknown }]) => [
        key,
        value == null ? { type } : { type, default: value },
      ]),
    )
  const { draft, parameters: declared, secrets, retry, ...rest } = document
  const policy = Object.entries({ ...(retry as object | undefined) }).filter(([field, value]) => value !== (field === 'within' ? '6h' : 5))
  const declarations = document['kind'] === 'query' ? printedDeclarations(declared) : declared
  const main: Record<string, unknown> = { ...rest, parameters: declarations ?? {} }
  const given: Record<string, unknown> = { ...(draft as object | undefined) }
  if ('parameters' in given) given['parameters'] = printedDeclarations(given['parameters'])
  const changed = Object.fromEntries(Object.entries(given).filter(([key, value]) => !equal(value, main[key])))
  const fields = Object.entries((secrets ?? {}) as Readonly<Record<string, SecretValue>>)
  const printed = Object.fromEntries(fields.map(([field, value]) => [field, typeof value === 'string' ? 'set' : value.reference]))
  return withoutDefaults({ ...main, draft: changed, secrets: printed, retry: Object.fromEntries(policy) })
}

function nameOnlyEarlierOnes(documents: readonly ConfigurationInput[]): boolean {
  const seen = new Set<string>()
  return documents.every((document) => {
    const fields: Readonly<Record<string, unknown>> = document
    const wanted = ['database', 'credential', 'query', 'export', 'destination', 'template'].filter(
      (kind) => typeof fields[kind] === 'string',
    )
    seen.add(`${document.kind} ${document.name}`)
    return wanted.every((kind) => seen.has(`${kind} ${String(fields[kind])}`))
  })
}

test(
  'any configuration, exported and applied, changes nothing; applied to an empty instance it gives the same',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(configuration, async (documents) => {
        await clearObjects(room)
        await apply(documents.toReversed())
        expect(await apply(documents)).toEqual([])
        const exported = await room.objects.export()
        const inOrder = exported.map(({ kind, name: wanted }) =>
          documents.find((document) => document['kind'] === kind && document.name === wanted),
        )
        expect(exported).toHaveLength(documents.length)
        expect(exported).toEqual(inOrder.map((document) => document && canonical(document)))
        expect(nameOnlyEarlierOnes(exported)).toBe(true)
        expect(await apply(exported)).toEqual([])
        await clearObjects(room)
        await apply(resolved(exported, documents))
        expect(await room.objects.export()).toEqual(exported)
      }),
      { numRuns: 40 },
    )
  },
)
