/** `Idempotency-Key`: a request that starts a run may be sent again where its answer was lost, and starts one run. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Idempotency } from '../engine/service.ts'

export const idempotencyHeader = z.object({ 'idempotency-key': z.string().min(1).max(200).optional() })

/** The key that was sent and the hash of the body, which is parsed: a default that is written out is the same request. */
export function idempotencyOf(headers: z.output<typeof idempotencyHeader>, body: unknown): Idempotency | undefined {
  const key = headers['idempotency-key']
  return key === undefined ? undefined : { key, requestHash: createHash('sha256').update(JSON.stringify(body)).digest('hex') }
}
