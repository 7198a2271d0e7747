import { z } from 'zod'
import { doctorReport } from '../../contract/doctor.ts'
import { apiSchemas, problemAnswers } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'

const tags = ['instance']
const health = z.object({ status: z.literal('ok'), version: z.string() }).register(apiSchemas, { id: 'Health' })

/** The instance itself: is it up, is it well, what does its API have. */
export function instanceRoutes(api: Api, { doctor, version }: RouteContext): void {
  api.get(
    '/health',
    { schema: { operationId: 'getHealth', summary: 'Tell that the server answers', tags, response: { 200: health, ...problemAnswers } } },
    () => ({ status: 'ok' as const, version }),
  )

  api.get(
    '/doctor',
    {
      schema: { operationId: 'getDoctorReport', summary: 'Examine the instance', tags, response: { 200: doctorReport, ...problemAnswers } },
    },
    () => doctor(),
  )

  api.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        summary: 'Show this document',
        tags,
        response: { 200: z.record(z.string(), z.unknown()), ...problemAnswers },
      },
    },
    () => ({
      ...api.swagger(),
    }),
  )
}
