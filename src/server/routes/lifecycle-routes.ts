/** Draft and active: the routes that queries and database exports have beside those of every object. */
import { z } from 'zod'
import { apiSchemas, byReference, problemAnswers } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { checkBeforeActivation, type CheckedKind } from '../content-checks.ts'
import { answerSchemas, toAnswer } from '../object-answers.ts'
import { activationBody } from '../object-bodies.ts'
import type { ObjectView } from '../../objects/service.ts'
import { askedVersion, atVersion, ifMatchHeader, tagged, type ObjectNoun } from './object-routes.ts'

const revision = z
  .object({
    number: z.number().int(),
    action: z.string(),
    actor: z.string(),
    at: z.iso.datetime(),
    before: z.unknown(),
    after: z.unknown(),
  })
  .register(apiSchemas, { id: 'Revision' })
const revisions = z.object({ data: z.array(revision) }).register(apiSchemas, { id: 'Revisions' })
const restoreBody = z.strictObject({ revision: z.number().int().min(1) }).register(apiSchemas, { id: 'Restore' })

/** Adds activate, discard, restore and revisions. If-Match is looked at where it is sent; without it the newest version is meant. */
export function lifecycleRoutes<K extends CheckedKind>(api: Api, context: RouteContext, { kind, path, one }: ObjectNoun<K>): void {
  const { objects, actor } = context
  const tags = [path]
  const schema: z.ZodType = answerSchemas[kind]
  const answer = (view: ObjectView) => toAnswer[kind](view as ObjectView<K>)

  api.post(
    `/${path}/:id/activate`,
    {
      schema: {
        operationId: `activate${one}`,
        summary: 'Publish the draft: runs use it from now on',
        'x-answer-headers': ['etag'],
        tags,
        params: byReference,
        headers: ifMatchHeader,
        body: activationBody.prefault({}),
        response: { 200: schema, ...problemAnswers },
        'x-optional-body': true,
      },
    },
    async ({ params, headers, body }, reply) => {
      const version = await askedVersion(objects, kind, params.id, headers['if-match'])
      if (!body.saveAnyway) await checkBeforeActivation(context, await atVersion(objects, kind, params.id, version))
      const view = await objects.activate(kind, actor, params.id, version)
      return tagged(reply, view.version, answer(view))
    },
  )

  api.post(
    `/${path}/:id/discard`,
    {
      schema: {
        operationId: `discard${one}`,
        summary: 'Drop the draft beside the active one',
        'x-answer-headers': ['etag'],
        tags,
        params: byReference,
        headers: ifMatchHeader,
        response: { 200: schema, ...problemAnswers },
      },
    },
    async ({ params, headers }, reply) => {
      const version = await askedVersion(objects, kind, params.id, headers['if-match'])
      const view = await objects.discard(kind, actor, params.id, version)
      return tagged(reply, view.version, answer(view))
    },
  )

  api.post(
    `/${path}/:id/restore`,
    {
      schema: {
        operationId: `restore${one}`,
        summary: 'Make a draft from what was active at a revision',
        'x-answer-headers': ['etag'],
        tags,
        params: byReference,
        headers: ifMatchHeader,
        body: restoreBody,
        response: { 200: schema, ...problemAnswers },
      },
    },
    async ({ params, headers, body }, reply) => {
      const version = await askedVersion(objects, kind, params.id, headers['if-match'])
      const view = await objects.restore(kind, actor, params.id, version, body.revision)
      return tagged(reply, view.version, answer(view))
    },
  )

  api.get(
    `/${path}/:id/revisions`,
    {
      schema: {
        operationId: `list${one}Revisions`,
        summary: 'List the changes of one',
        tags,
        params: byReference,
        response: { 200: revisions, ...problemAnswers },
      },
    },
    async ({ params }) => {
      const all = await objects.revisions(kind, params.id)
      return { data: all.map((each) => ({ ...each, at: each.at.toISOString() })) }
    },
  )
}
