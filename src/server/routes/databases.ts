import { z } from 'zod'
import {
  apiSchemas,
  byReference,
  checkResult,
  columns,
  credentialSecrets,
  databaseSettings,
  problemAnswers,
  rowLimit,
  rowsAnswer,
  rowsPreview,
} from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { savedConnection, testConnection } from '../connection-tests.ts'
import { testBeforeSave, testUnsaved } from '../unsaved-connections.ts'
import { objectRoutes } from './object-routes.ts'

const tags = ['databases']
const unsavedDatabase = z
  .strictObject({
    type: z.string(),
    settings: databaseSettings.default({}),
    credential: z.string().nullish(),
    secrets: credentialSecrets.optional(),
  })
  .register(apiSchemas, { id: 'DatabaseToTest' })
const table = z.object({ name: z.string(), columns, rows: z.number().int().nullable() }).register(apiSchemas, { id: 'Table' })
const tables = z.object({ data: z.array(table) }).register(apiSchemas, { id: 'Tables' })
const byTable = z.object({ ...byReference.shape, table: z.string().min(1) })

/** Databases, what is in them, and whether they can be opened. */
export function databaseRoutes(api: Api, context: RouteContext): void {
  const { objects, engine } = context
  objectRoutes(api, context, {
    kind: 'database',
    path: 'databases',
    one: 'Database',
    many: 'Databases',
    beforeCreate: (input) => testBeforeSave(context, 'database', input, null),
    beforeChange: (input, current) => testBeforeSave(context, 'database', input, current),
  })

  api.post(
    '/databases/test',
    {
      schema: {
        operationId: 'testUnsavedDatabase',
        summary: 'Test a connection before it is saved',
        tags,
        body: unsavedDatabase,
        response: { 200: checkResult, ...problemAnswers },
      },
    },
    ({ body }) => testUnsaved(context, 'database', body),
  )

  api.post(
    '/databases/:id/test',
    {
      schema: {
        operationId: 'testDatabase',
        summary: 'Test the connection of a database',
        tags,
        params: byReference,
        response: { 200: checkResult, ...problemAnswers },
      },
    },
    async ({ params }) => testConnection(context, savedConnection(await objects.get('database', params.id))),
  )

  api.get(
    '/databases/:id/tables',
    {
      schema: {
        operationId: 'listTables',
        summary: 'List the tables with their columns and numbers of rows',
        tags,
        params: byReference,
        response: { 200: tables, ...problemAnswers },
      },
    },
    async ({ params }) => {
      const { id } = await objects.get('database', params.id)
      const found = await engine.tables(id)
      return { data: found.map((each) => ({ ...each, columns: [...each.columns] })) }
    },
  )

  api.get(
    '/databases/:id/tables/:table/sample',
    {
      schema: {
        operationId: 'sampleTable',
        summary: 'Show the first rows of a table',
        tags,
        params: byTable,
        querystring: z.strictObject({ limit: rowLimit }),
        response: { 200: rowsPreview, ...problemAnswers },
      },
    },
    async ({ params, query }) => {
      const { id } = await objects.get('database', params.id)
      return rowsAnswer(await engine.sample({ database: id, table: params.table, limit: query.limit }))
    },
  )
}
