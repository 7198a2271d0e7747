import { documentSchemas, type ConfigurationChange, type ConfigurationDocument } from '../../src/contract/documents.ts'
import { SegueError } from '../../src/contract/errors.ts'
import { newId } from '../../src/contract/ids.ts'
import type { Actor, ObjectKind, Specs } from '../../src/contract/objects.ts'
import type { ResolvedSetting } from '../../src/contract/settings.ts'
import { errorOf } from '../../src/objects/faults.ts'
import type { ObjectLink, Objects, ObjectView, Revision } from '../../src/objects/service.ts'
import { zodFaults } from '../../src/objects/zod-faults.ts'

const at = new Date('2026-11-24T08:00:00.000Z')

/** The rules of configuration in memory: enough of them to see what the server does with what they say. */
export function standInObjects(): Objects & { readonly secretValues: Map<string, Record<string, string>> } {
  const views = new Map<string, ObjectView>()
  const history = new Map<string, Revision[]>()
  const secretValues = new Map<string, Record<string, string>>()

  const find = (kind: ObjectKind, reference: string): ObjectView => {
    const found = [...views.values()].find((view) => view.kind === kind && (view.id === reference || view.name === reference))
    if (!found) throw new SegueError('NOT_FOUND', `There is no ${kind} "${reference}".`)
    return found
  }
  const atVersion = (kind: ObjectKind, reference: string, version: number): ObjectView => {
    const found = find(kind, reference)
    if (found.version !== version) throw new SegueError('VERSION_CONFLICT', `It has version ${found.version} now, not ${version}.`)
    return found
  }
  const parse = (kind: ObjectKind, input: unknown, pointer: string): ConfigurationDocument => {
    const parsed = documentSchemas[kind].safeParse(input)
    if (parsed.success) return parsed.data
    throw errorOf(zodFaults(documentSchemas[kind], parsed.error.issues, input, pointer))
  }
  const save = (view: ObjectView, action: string): ObjectView => {
    const before = views.get(view.id)?.spec ?? null
    const saved = { ...view, updatedAt: at }
    views.set(view.id, saved)
    history.set(view.id, [...(history.get(view.id) ?? []), { number: view.version, action, actor: 'test', at, before, after: view.spec }])
    return saved
  }
  const withLinks = (view: ObjectView): ObjectView => {
    const named = JSON.stringify(view.spec)
    const link = ({ kind, id, name }: ObjectView): ObjectLink => ({ kind, id, name })
    const others = [...views.values()].filter((other) => other.id !== view.id)
    const links = others.filter((other) => named.includes(other.id)).map(link)
    return { ...view, links, usedBy: others.filter((other) => JSON.stringify(other.spec).includes(view.id)).map(link) }
  }
  const shown = <K extends ObjectKind>(view: ObjectView) => withLinks(view) as unknown as ObjectView<K>

  const toSpec = (document: ConfigurationDocument): Specs[ObjectKind] => {
    const { description = '' } = document
    const idOf = (kind: ObjectKind, reference: string | undefined) => (reference === undefined ? null : find(kind, reference).id)
    switch (document.kind) {
      case 'database':
        return { description, type: document.type, credential: idOf('credential', document.credential), settings: document.settings }
      case 'destination': {
        const { type, credential, settings, limits, onUnknown } = document
        return { description, type, credential: idOf('credential', credential), settings, limits, onUnknown }
      }
      case 'credential':
        return { description, type: document.type }
      case 'template':
        return { description, type: document.type, settings: document.settings, mapping: document.mapping ?? null }
      case 'query': {
        const content = { database: find('database', document.database).id, sql: document.sql, parameters: document.parameters ?? {} }
        const active = document.status === 'active'
        return {
          description,
          folder: document.folder ?? '',
          labels: document.labels ?? [],
          active: active ? content : null,
          draft: active ? null : content,
        }
      }
      case 'export': {
        const content = { database: find('database', document.database).id, tables: document.tables }
        const active = document.status === 'active'
        return { description, active: active ? content : null, draft: active ? null : content }
      }
      case 'orchestration': {
        const { query, export: exported, parameters = {}, destination, template, settings, enabled, delivery, retry, priority } = document
        const object =
          query === undefined
            ? { kind: 'export' as const, id: find('export', exported ?? '').id }
            : { kind: 'query' as const, id: find('query', query).id }
        const ends = { destination: find('destination', destination).id, template: idOf('template', template) }
        const sending = { delivery, retry, priority }
        return { description, object, parameters, ...ends, settings, enabled, ...sending, workflow: { mode: 'manual' } }
      }
    }
  }
  const keepSecrets = (id: string, secrets: Readonly<Record<string, unknown>>): Pick<ObjectView, 'secrets'> => {
    const values = Object.fromEntries(
      Object.entries(secrets).map(([field, value]) => [field, typeof value === 'string' ? value : JSON.stringify(value)]),
    )
    secretValues.set(id, { ...secretValues.get(id), ...values })
    const state = (value: string) => ({ set: true as const, last4: value.slice(-4), reference: null, updatedAt: at })
    return { secrets: Object.fromEntries(Object.entries(secretValues.get(id) ?? {}).map(([field, value]) => [field, state(value)])) }
  }
  const make = (document: ConfigurationDocument, managedBy: string | null): ObjectView => {
    const { kind, name } = document
    if ([...views.values()].some((view) => view.kind === kind && view.name === name))
      throw new SegueError('NAME_TAKEN', `There is a ${kind} "${name}".`)
    const id = newId(kind)
    const secrets = document.kind === 'credential' ? keepSecrets(id, document.secrets) : {}
    return save(
      { id, kind, name, version: 1, spec: toSpec(document), managedBy, createdAt: at, updatedAt: at, links: [], usedBy: [], ...secrets },
      'created',
    )
  }
  const lifecycle = (
    kind: 'query' | 'export',
    reference: string,
    version: number,
    change: (spec: Specs['query']) => Partial<Specs['query']>,
  ): ObjectView => {
    const view = atVersion(kind, reference, version) as ObjectView<'query'>
    return shown(save({ ...view, version: version + 1, spec: { ...view.spec, ...change(view.spec) } }, 'changed'))
  }

  return {
    secretValues,
    list: async (kind, { limit, cursor, search = '' }) => {
      const all = [...views.values()]
        .filter((view) => view.kind === kind && view.name.includes(search))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const rest = all.filter((view) => cursor === undefined || view.name > cursor)
      const items = rest.slice(0, limit)
      return { items: items.map((view) => shown(view)), next: rest.length > limit ? (items.at(-1)?.name ?? null) : null }
    },
    get: async (kind, reference) => shown(find(kind, reference)),
    create: async (kind, _actor, input) => shown(make(parse(kind, { ...(input as object), kind }, ''), null)),
    change: async (kind, _actor, reference, version, input) => {
      const view = atVersion(kind, reference, version)
      const { name = view.name, ...fields } = input as { name?: string }
      const spec: Specs[ObjectKind] = { ...view.spec, ...fields }
      const secrets = 'secrets' in fields ? keepSecrets(view.id, fields.secrets as Record<string, unknown>) : {}
      return shown(save({ ...view, name, version: version + 1, spec, ...secrets }, 'changed'))
    },
    remove: async (kind, _actor, reference, version) => {
      const { id, name } = atVersion(kind, reference, version)
      const users = withLinks(find(kind, id)).usedBy.map((user) => `${user.kind} ${user.name}`)
      if (users.length > 0) throw new SegueError('IN_USE', `The ${kind} "${name}" is in use.`, { users })
      views.delete(id)
    },
    activate: async (kind, _actor, reference, version) =>
      lifecycle(kind, reference, version, ({ draft, active }) => ({ active: draft ?? active, draft: null })),
    discard: async (kind, _actor, reference, version) =>
      lifecycle(kind, reference, version, ({ active, draft }) => {
        if (draft === null) throw new SegueError('NO_DRAFT', `The ${kind} has no draft.`)
        return { draft: active === null ? draft : null }
      }),
    revisions: async (kind, reference) => history.get(find(kind, reference).id) ?? [],
    restore: async (kind, _actor, reference, version, revision) => {
      const old = history.get(find(kind, reference).id)?.find(({ number }) => number === revision)
      if (!old) throw new SegueError('NOT_FOUND', `There is no revision ${revision}.`)
      const { active, draft } = old.after as Specs['query']
      return lifecycle(kind, reference, version, () => ({ draft: active ?? draft }))
    },
    resolvedSettings: async (orchestration) => {
      const destination = find('destination', orchestration.spec.destination) as ObjectView<'destination'>
      const set = new Map<string, ResolvedSetting>([['format', { value: 'csv', setBy: null, layer: null }]])
      for (const [name, value] of Object.entries(orchestration.spec.settings))
        set.set(name, { value, setBy: `orchestration ${orchestration.name}`, layer: 'orchestration' })
      for (const [name, value] of Object.entries(destination.spec.settings))
        set.set(name, { value, setBy: `destination ${destination.name}`, layer: 'destination' })
      return set
    },
    secretsOf: async (id) => secretValues.get(id) ?? {},
    remember: async () => undefined,
    remembered: async (id) => ({ rememberedOf: id }),
    apply: async (_actor: Actor, given, { commit }) => {
      const documents = given.map((each, index) => parse((each as { kind: ObjectKind }).kind, each, `/${index}`))
      const isNew = ({ kind, name }: ConfigurationDocument) => ![...views.values()].some((view) => view.kind === kind && view.name === name)
      const changes = documents.filter(isNew).map(({ kind, name }): ConfigurationChange => ({ action: 'create', kind, name, fields: [] }))
      if (commit) for (const document of documents.filter(isNew)) make(document, 'apply')
      return changes
    },
    export: async () =>
      [...views.values()]
        .filter(({ kind }) => kind === 'credential')
        .map(({ name }) => ({ kind: 'credential', name, type: 'drop', secrets: {} })),
  }
}
