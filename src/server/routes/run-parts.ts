import { z } from 'zod'
import { partStates, partView } from '../../contract/runs.ts'
import { byRunId, pageAnswer, pageOf, pageQuery, problemAnswers } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'

const partQuery = z.strictObject({ ...pageQuery, state: z.enum(partStates).optional() })

/** The parts of a run: its files, or its batches of rows. */
export function runPartRoutes(api: Api, { engine }: RouteContext): void {
  api.get(
    '/runs/:id/parts',
    {
      schema: {
        operationId: 'listParts',
        summary: 'List the parts of a run, in order',
        tags: ['runs'],
        params: byRunId,
        querystring: partQuery,
        response: { 200: pageOf(partView, 'PartPage'), ...problemAnswers },
      },
    },
    async ({ params, query: { limit, cursor, state } }) => {
      const page = await engine.parts(params.id, { limit, cursor, state })
      return pageAnswer(page.items, page.next)
    },
  )
}
