import type { FastifySchemaCompiler } from 'fastify'
import { z } from 'zod'
import { errorOf } from '../objects/faults.ts'
import { zodFaults } from '../objects/zod-faults.ts'

/** Checks a part of a request against its Zod schema; what is wrong becomes INVALID or UNKNOWN_FIELD, without the values that were sent. */
export const checkedByZod: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  if (!(schema instanceof z.ZodType)) throw new Error('a route has a schema that is not one of Zod')
  return (given: unknown) => {
    // Fastify gives null for a body that was not sent.
    const data = httpPart === 'body' && given === null ? undefined : given
    const parsed = schema.safeParse(data)
    return parsed.success ? { value: parsed.data } : { error: errorOf(zodFaults(schema, parsed.error.issues, data, '')) }
  }
}

const anyDocument = z.looseObject({ saveAnyway: z.boolean().optional() })

/** For bodies that the rules of configuration check: here they only have to be an object. The schema of the route documents them. */
export const checkedByRules: FastifySchemaCompiler<unknown> = (route) =>
  checkedByZod(route.httpPart === 'body' ? { ...route, schema: anyDocument } : route)
