/** The routes that every kind of object of configuration has: list, create, get, change, delete. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { SegueError } from '../../contract/errors.ts'
import type { ObjectKind } from '../../contract/objects.ts'
import type { Objects, ObjectView } from '../../objects/service.ts'
import { byReference, objectQuery, pageAnswer, pageOf, problemAnswers } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { entityTag, parseIfMatch } from '../entity-tag.ts'
import { answerSchemas, toAnswer } from '../object-answers.ts'
import { changeBodies, createBodies, type ObjectInput } from '../object-bodies.ts'
import { checkedByRules } from '../validation.ts'

export interface ObjectNoun<K extends ObjectKind> {
  readonly kind: K
  /** Path segment of the collection. */
  readonly path: string
  /** Names of one and of many in the ids of operations: `Query`, `Queries`. */
  readonly one: string
  readonly many: string
  /** Run before it is made or changed, and throw where it must not be: a failed connection test. `saveAnyway` waives them. */
  readonly beforeCreate?: (input: ObjectInput) => Promise<void>
  readonly beforeChange?: (input: ObjectInput, current: ObjectView<K>) => Promise<void>
}

export const ifMatchHeader = z.object({ 'if-match': z.string().optional() })
const saveOptions = z.looseObject({ saveAnyway: z.boolean().default(false) })

/** Adds list, create, get, change and delete of a kind of object. */
export function objectRoutes<K extends ObjectKind>(api: Api, { objects, actor }: RouteContext, noun: ObjectNoun<K>): void {
  const { kind, path, one, many } = noun
  const schema: z.ZodType = answerSchemas[kind]
  const answer = (view: ObjectView<K>) => toAnswer[kind](view)
  const tags = [path]

  api.get(
    `/${path}`,
    {
      schema: {
        operationId: `list${many}`,
        summary: `List ${path}`,
        tags,
        querystring: objectQuery,
        response: { 200: pageOf(schema, `${one}Page`), ...problemAnswers },
      },
    },
    async ({ query: { limit, cursor, search } }) => {
      const page = await objects.list(kind, { limit, cursor, search })
      return pageAnswer(page.items.map(answer), page.next)
    },
  )

  api.post(
    `/${path}`,
    {
      schema: {
        operationId: `create${one}`,
        summary: `Make one of the ${path}`,
        'x-answer-headers': ['location', 'etag'],
        tags,
        body: createBodies[kind],
        response: { 201: schema, ...problemAnswers },
      },
      validatorCompiler: checkedByRules,
    },
    async (request, reply) => {
      const { input, test } = toSave(noun.beforeCreate, request.body)
      await test?.(input)
      const made = await objects.create(kind, actor, input)
      reply.code(201).header('location', `/api/v1/${path}/${made.id}`)
      return tagged(reply, made.version, answer(made))
    },
  )

  api.get(
    `/${path}/:id`,
    {
      schema: {
        operationId: `get${one}`,
        summary: `Show one of the ${path}`,
        'x-answer-headers': ['etag'],
        tags,
        params: byReference,
        response: { 200: schema, ...problemAnswers },
      },
    },
    async ({ params }, reply) => {
      const view = await objects.get(kind, params.id)
      return tagged(reply, view.version, answer(view))
    },
  )

  api.patch(
    `/${path}/:id`,
    {
      schema: {
        operationId: `change${one}`,
        summary: `Change one of the ${path}`,
        'x-answer-headers': ['etag'],
        tags,
        params: byReference,
        headers: ifMatchHeader,
        body: changeBodies[kind],
        response: { 200: schema, ...problemAnswers },
      },
      validatorCompiler: checkedByRules,
    },
    async (request, reply) => {
      const { input, test } = toSave(noun.beforeChange, request.body)
      const version = await requiredVersion(objects, kind, request.params.id, request.headers['if-match'])
      if (test) await test(input, await atVersion(objects, kind, request.params.id, version))
      const changed = await objects.change(kind, actor, request.params.id, version, input)
      return tagged(reply, changed.version, answer(changed))
    },
  )

  api.delete(
    `/${path}/:id`,
    {
      schema: {
        operationId: `delete${one}`,
        summary: `Delete one of the ${path}`,
        tags,
        params: byReference,
        headers: ifMatchHeader,
        response: { 204: z.null(), ...problemAnswers },
      },
    },
    async ({ params, headers }, reply) => {
      await objects.remove(kind, actor, params.id, await requiredVersion(objects, kind, params.id, headers['if-match']))
      return reply.code(204).send(null)
    },
  )
}

/** What the objects room gets of a body, and the test that comes before; none where there is none, or where it was waived. */
function toSave<T>(test: T | undefined, body: unknown): { readonly input: ObjectInput; readonly test: T | undefined } {
  if (test === undefined) return { input: z.looseObject({}).parse(body), test }
  const { saveAnyway, ...input } = saveOptions.parse(body)
  return { input, test: saveAnyway ? undefined : test }
}

/** An answer with the ETag of its version. */
export function tagged<T>(reply: FastifyReply, version: number, body: T): T {
  reply.header('etag', entityTag(version))
  return body
}

/**
 * The version that a change is for. What is not there is NOT_FOUND before anything else is asked.
 * @throws SegueError VERSION_REQUIRED where If-Match is missing
 */
async function requiredVersion(objects: Objects, kind: ObjectKind, reference: string, header: string | undefined): Promise<number> {
  const asked = parseIfMatch(header)
  if (typeof asked === 'number') return asked
  const { name, version } = await objects.get(kind, reference)
  if (asked === null)
    throw new SegueError('VERSION_REQUIRED', `The ETag of ${kind} "${name}" is ${entityTag(version)} now; If-Match is missing.`)
  return version
}

/** The version that an action is for: the one of If-Match, or without it the newest. */
export async function askedVersion(objects: Objects, kind: ObjectKind, reference: string, header: string | undefined): Promise<number> {
  const asked = parseIfMatch(header)
  return typeof asked === 'number' ? asked : (await objects.get(kind, reference)).version
}

/** The object at that version, or VERSION_CONFLICT. */
export async function atVersion<K extends ObjectKind>(
  objects: Objects,
  kind: K,
  reference: string,
  version: number,
): Promise<ObjectView<K>> {
  const view = await objects.get(kind, reference)
  if (view.version === version) return view
  throw new SegueError('VERSION_CONFLICT', `${kind} "${view.name}" has version ${view.version} now; the change is for version ${version}.`)
}
