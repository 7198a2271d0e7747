/** What every route is made with. */
import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { DoctorReport } from '../contract/doctor.ts'
import type { Actor } from '../contract/objects.ts'
import type { Registry } from '../contract/registry.ts'
import type { Engine } from '../engine/service.ts'
import type { Objects } from '../objects/service.ts'

/** A Fastify instance whose schemas are Zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

export interface ServerDependencies {
  readonly objects: Objects
  readonly engine: Engine
  readonly registry: Registry
  /** Who every request acts as, until there is sign-in. */
  readonly actor: Actor
  /** The request log in JSON lines: to standard output, to a stream of the caller's (who may scrub it), or none. */
  readonly log: boolean | { write(line: string): void }
  readonly version: string
  readonly doctor: () => Promise<DoctorReport>
  /** How often an event stream shows that it lives, in milliseconds; 15,000 by default. */
  readonly heartbeatMs?: number
}

/** What routes get: the dependencies, and the signal that ends event streams when the server closes. */
export interface RouteContext extends ServerDependencies {
  readonly closing: AbortSignal
}
