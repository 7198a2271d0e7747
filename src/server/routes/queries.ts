import { z } from 'zod'
import { SegueError } from '../../contract/errors.ts'
import { parameterDeclarations, parameterValue } from '../../contract/objects.ts'
import { apiSchemas, byReference, problemAnswers, rowLimit, rowsAnswer, rowsPreview } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { whenGone } from '../when-gone.ts'
import { checkBeforeCreation } from '../content-checks.ts'
import { lifecycleRoutes } from './lifecycle-routes.ts'
import { objectRoutes } from './object-routes.ts'

const values = z.record(z.string(), parameterValue).default({})
const unsavedQuery = z
  .strictObject({
    database: z.string().min(1),
    sql: z.string().min(1).max(1_000_000),
    parameters: parameterDeclarations.default({}),
    values,
    limit: rowLimit,
  })
  .register(apiSchemas, { id: 'QueryToPreview' })
const savedQuery = z
  .strictObject({ values, limit: rowLimit, draft: z.boolean().default(false) })
  .register(apiSchemas, { id: 'PreviewOptions' })

/** Queries, their life cycle, and their first rows. */
export function queryRoutes(api: Api, context: RouteContext): void {
  const { objects, engine } = context
  const noun = { kind: 'query', path: 'queries', one: 'Query', many: 'Queries' } as const
  objectRoutes(api, context, { ...noun, beforeCreate: (input) => checkBeforeCreation(context, 'query', input) })
  lifecycleRoutes(api, context, noun)

  api.post(
    '/queries/preview',
    {
      schema: {
        operationId: 'previewSql',
        summary: 'Show the first rows of SQL',
        tags: ['queries'],
        body: unsavedQuery,
        response: { 200: rowsPreview, ...problemAnswers },
      },
    },
    async ({ body }, reply) => {
      const database = await objects.get('database', body.database)
      const preview = await engine.previewSql({
        database: database.id,
        sql: body.sql,
        declarations: body.parameters,
        parameters: body.values,
        limit: body.limit,
        signal: whenGone(reply),
      })
      return rowsAnswer(preview)
    },
  )

  api.post(
    '/queries/:id/preview',
    {
      schema: {
        operationId: 'previewQuery',
        summary: 'Show the first rows of a query; without `draft` of the active one, where there is one',
        tags: ['queries'],
        params: byReference,
        body: savedQuery.prefault({}),
        response: { 200: rowsPreview, ...problemAnswers },
        'x-optional-body': true,
      },
    },
    async ({ params, body }, reply) => {
      const query = await objects.get('query', params.id)
      const { active, draft } = query.spec
      if (body.draft && draft === null) throw new SegueError('NO_DRAFT', `Query "${query.name}" has no draft.`)
      const content = body.draft ? draft : (active ?? draft)
      if (content === null) throw new Error(`${query.id} has neither active content nor a draft`)
      const preview = await engine.previewSql({
        database: content.database,
        sql: content.sql,
        declarations: content.parameters,
        parameters: body.values,
        limit: body.limit,
        signal: whenGone(reply),
      })
      return rowsAnswer(preview)
    },
  )
}
