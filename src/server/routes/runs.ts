import { Readable } from 'node:stream'
import { z } from 'zod'
import { runDocument } from '../../contract/runs.ts'
import { byRunId, pageAnswer, pageOf, problemAnswers, runQuery } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { eventStream } from '../event-stream.ts'
import { whenGone } from '../when-gone.ts'

const tags = ['runs']
const defaultHeartbeatMs = 15_000
const timelineNumber = z.coerce.number().int().min(0)
const eventHeaders = z.object({ 'last-event-id': timelineNumber.optional() })
const eventQuery = z.strictObject({ after: timelineNumber.optional() })
const eventAnswer = {
  description: 'Events `event` (a line of the timeline, numbered), `progress`, `end` (the run; the stream ends after it) and `problem`.',
  // A stream is sent as it is; the text is for the OpenAPI document.
  content: { 'text/event-stream': { schema: z.union([z.string(), z.custom<Readable>()]) } },
}

/** Runs: look, cancel, watch. They are started at their orchestration; what else a person does with one is in run-actions.ts. */
export function runRoutes(api: Api, { engine, actor, closing, heartbeatMs = defaultHeartbeatMs }: RouteContext): void {
  api.get(
    '/runs',
    {
      schema: {
        operationId: 'listRuns',
        summary: 'List runs, the newest first',
        tags,
        querystring: runQuery,
        response: { 200: pageOf(runDocument, 'RunPage'), ...problemAnswers },
      },
    },
    async ({ query: { limit, cursor, orchestration, state } }) => {
      const page = await engine.list({ limit, cursor, orchestration, state })
      return pageAnswer(page.items, page.next)
    },
  )

  api.get(
    '/runs/:id',
    { schema: { operationId: 'getRun', summary: 'Show a run', tags, params: byRunId, response: { 200: runDocument, ...problemAnswers } } },
    ({ params }) => engine.get(params.id),
  )

  api.post(
    '/runs/:id/cancel',
    {
      schema: {
        operationId: 'cancelRun',
        summary: 'Cancel a run',
        tags,
        params: byRunId,
        response: { 202: runDocument, ...problemAnswers },
      },
    },
    async ({ params }, reply) => reply.code(202).send(await engine.cancel(actor, params.id)),
  )

  api.get(
    '/runs/:id/events',
    {
      schema: {
        operationId: 'watchRun',
        summary: 'Watch a run: server-sent events, resumed after Last-Event-ID (or `after`)',
        tags,
        params: byRunId,
        headers: eventHeaders,
        querystring: eventQuery,
        response: { 200: eventAnswer, ...problemAnswers },
      },
      exposeHeadRoute: false,
    },
    async ({ params, headers, query }, reply) => {
      // What is not there is told as a problem; once the stream has begun it can only end.
      const { id } = await engine.get(params.id)
      const signal = AbortSignal.any([whenGone(reply), closing])
      const news = engine.watch(id, { after: headers['last-event-id'] ?? query.after ?? 0, signal })
      // The connection ends with the stream: kept open and idle it would keep a closing server waiting.
      return reply
        .type('text/event-stream')
        .header('connection', 'close')
        .send(Readable.from(eventStream(news, heartbeatMs, signal)))
    },
  )
}
