import { z } from 'zod'
import { runDocument } from '../../contract/runs.ts'
import { apiSchemas, byRunId, problemAnswers, reference } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts'

const tags = ['runs']
const accepted = { 202: runDocument, ...problemAnswers }
const retryBody = z.strictObject({ what: z.enum(['left', 'rejected']).default('left') }).register(apiSchemas, {
  id: 'RetryRun',
  description: '`left`: what was not delivered of the same input; `rejected`: only the rows that were rejected.',
})
const resolveBody = z.strictObject({ part: reference, as: z.enum(['sent', 'resend']) }).register(apiSchemas, {
  id: 'ResolvePart',
  description: 'What became of an unknown part: `sent`, it arrived; `resend`, send it again.',
})

const waitingActions = [
  { action: 'resume', operationId: 'resumeRun', summary: 'Let a blocked run go on, once what stopped it is mended' },
  { action: 'release', operationId: 'releaseRun', summary: 'Let a held run go on' },
  { action: 'refuse', operationId: 'refuseRun', summary: 'End a held run: nothing of it is sent' },
] as const

/** What a person does with a run that ended short of everything, or that waits for a decision. */
export function runActionRoutes(api: Api, { engine, actor }: RouteContext): void {
  api.post(
    '/runs/:id/retry',
    {
      schema: {
        operationId: 'retryRun',
        summary: 'Start a run that delivers what this one left; the same Idempotency-Key gives the same run',
        'x-answer-headers': ['location'],
        tags,
        params: byRunId,
        headers: idempotencyHeader,
        body: retryBody.prefault({}),
        response: accepted,
        'x-optional-body': true,
      },
    },
    async ({ params, headers, body }, reply) => {
      const run = await engine.retry(actor, params.id, body.what, idempotencyOf(headers, body))
      return reply.code(202).header('location', `/api/v1/runs/${run.id}`).send(run)
    },
  )

  api.post(
    '/runs/:id/restart',
    {
      schema: {
        operationId: 'restartRun',
        summary: 'Start a run from the configuration as it is now; a blocked run ends by it. The same Idempotency-Key gives the same run',
        'x-answer-headers': ['location'],
        tags,
        params: byRunId,
        headers: idempotencyHeader,
        response: accepted,
      },
    },
    async ({ params, headers }, reply) => {
      const run = await engine.restart(actor, params.id, idempotencyOf(headers, {}))
      return reply.code(202).header('location', `/api/v1/runs/${run.id}`).send(run)
    },
  )

  for (const { action, ...described } of waitingActions) {
    api.post(`/runs/:id/${action}`, { schema: { ...described, tags, params: byRunId, response: accepted } }, async ({ params }, reply) =>
      reply.code(202).send(await engine[action](actor, params.id)),
    )
  }

  api.post(
    '/runs/:id/resolve',
    {
      schema: {
        operationId: 'resolvePart',
        summary: 'Decide what became of an unknown part of a run that needs review',
        tags,
        params: byRunId,
        body: resolveBody,
        response: accepted,
      },
    },
    async ({ params, body }, reply) => reply.code(202).send(await engine.resolve(actor, params.id, body)),
  )
}
