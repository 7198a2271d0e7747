import { once } from 'node:events'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { rejectedRow } from '../../contract/runs.ts'
import { byRunId, pageAnswer, pageOf, pageQuery, problemAnswers, reference } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'

const tags = ['runs']
const dataset = reference.max(1000).optional()
const rejectQuery = z.strictObject({ ...pageQuery, dataset, code: reference.max(200).optional() })
const downloadQuery = z.strictObject({ dataset, format: z.enum(['ndjson', 'csv']).default('ndjson') })
const contentTypes = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const

// A stream is sent as it is; the text is for the OpenAPI document.
const streamed = { schema: z.union([z.string(), z.custom<Readable>()]) }
const download = { description: 'The file', content: { 'application/x-ndjson': streamed, 'text/csv': streamed } }

/** The rows that a run could not deliver: page by page, or all of them as a file. */
export function rejectRoutes(api: Api, { engine }: RouteContext): void {
  api.get(
    '/runs/:id/rejects',
    {
      schema: {
        operationId: 'listRejectedRows',
        summary: 'List the rejected rows of a dataset, with their values, what was sent and what was answered',
        tags,
        params: byRunId,
        querystring: rejectQuery,
        response: { 200: pageOf(rejectedRow, 'RejectedRowPage'), ...problemAnswers },
      },
    },
    async ({ params, query: { limit, cursor, dataset: name, code } }) => {
      const page = await engine.rejected(params.id, { limit, cursor, dataset: name, code })
      return pageAnswer(page.items, page.next)
    },
  )

  api.get(
    '/runs/:id/rejects/download',
    {
      schema: {
        operationId: 'downloadRejectedRows',
        summary: 'Download all rejected rows of a dataset',
        'x-answer-headers': ['content-disposition'],
        tags,
        params: byRunId,
        querystring: downloadQuery,
        response: { 200: download, ...problemAnswers },
      },
      // Its head would make the whole file, to send nothing of it.
      exposeHeadRoute: false,
    },
    async ({ params, query: { dataset: name, format } }, reply) => {
      const { id } = await engine.get(params.id)
      const file = Readable.from(await engine.downloadRejected(id, { dataset: name, format }), { objectMode: false })
      // What fails before the first byte is told as a problem; after it the connection can only break.
      await once(file, 'readable')
      return reply.type(contentTypes[format]).header('content-disposition', `attachment; filename="${id}-rejects.${format}"`).send(file)
    },
  )
}
