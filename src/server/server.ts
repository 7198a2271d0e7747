/** The HTTP server: REST under /api/v1, problem documents for every failure, nothing for pages of other sites. */
import Fastify from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { randomUUID } from 'node:crypto'
import { SegueError } from '../contract/errors.ts'
import type { Api, RouteContext, ServerDependencies } from './api.ts'
import { bodyLimit, takeJsonOnly } from './json-body.ts'
import { logOptions } from './log-options.ts'
import { describeApi } from './openapi.ts'
import { answerNoRoute, answerProblem } from './problem-answer.ts'
import { refusalOf } from './request-origin.ts'
import { configurationRoutes } from './routes/configuration.ts'
import { credentialRoutes } from './routes/credentials.ts'
import { databaseRoutes } from './routes/databases.ts'
import { definitionRoutes } from './routes/definitions.ts'
import { destinationRoutes } from './routes/destinations.ts'
import { exportRoutes } from './routes/exports.ts'
import { instanceRoutes } from './routes/instance.ts'
import { orchestrationRoutes } from './routes/orchestrations.ts'
import { queryRoutes } from './routes/queries.ts'
import { rejectRoutes } from './routes/rejects.ts'
import { runActionRoutes } from './routes/run-actions.ts'
import { runPartRoutes } from './routes/run-parts.ts'
import { runRoutes } from './routes/runs.ts'
import { templateRoutes } from './routes/templates.ts'
import { securityHeaders } from './security-headers.ts'
import { checkedByZod } from './validation.ts'

const routes = [
  databaseRoutes,
  credentialRoutes,
  queryRoutes,
  exportRoutes,
  destinationRoutes,
  templateRoutes,
  orchestrationRoutes,
  runRoutes,
  runActionRoutes,
  runPartRoutes,
  rejectRoutes,
  configurationRoutes,
  definitionRoutes,
  instanceRoutes,
]

/**
 * Makes the server, ready for `inject` (requests from inside this process); listen.ts opens its socket. Closing it ends the event streams,
 * waits for the other requests and leaves objects and engine as they are.
 */
export async function createServer(dependencies: ServerDependencies): Promise<Api> {
  const closing = new AbortController()
  const context: RouteContext = { ...dependencies, closing: closing.signal }
  const server: Api = Fastify({
    logger: logOptions(dependencies.log),
    genReqId: () => `req_${randomUUID()}`,
    requestIdHeader: false,
    bodyLimit,
    // Names have up to 200 characters, of up to twelve bytes each when they are encoded.
    routerOptions: { maxParamLength: 2400 },
    // Answered by the hook below instead, as a problem document.
    return503OnClosing: false,
    frameworkErrors: answerProblem,
  }).withTypeProvider<ZodTypeProvider>()

  server.setValidatorCompiler(checkedByZod)
  server.setSerializerCompiler(serializerCompiler)
  server.setErrorHandler(answerProblem)
  server.setNotFoundHandler(answerNoRoute)
  takeJsonOnly(server)

  server.addHook('preClose', async () => closing.abort())
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id })
    const refusal = refusalOf({
      host: request.headers.host,
      origin: request.headers.origin,
      fetchSite: headerText(request.headers['sec-fetch-site']),
      localPort: request.raw.socket.localPort,
    })
    if (refusal !== null) throw new SegueError('HOST_REFUSED', refusal)
    if (closing.signal.aborted) throw new SegueError('SERVER_CLOSING', 'The server is closing and takes no new requests.')
  })

  server.addHook('onSend', async (_request, reply) => {
    // An answer that is given while the server closes is the last one of its connection.
    if (closing.signal.aborted) reply.header('connection', 'close')
  })

  await describeApi(server, dependencies)
  await server.register(async (api: Api) => routes.forEach((add) => add(api, context)), { prefix: '/api/v1' })
  await server.ready()
  return server
}

function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value
}
