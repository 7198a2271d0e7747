import { z } from 'zod'
import { SegueError } from '../../contract/errors.ts'
import { runDocument } from '../../contract/runs.ts'
import { layers } from '../../contract/settings.ts'
import type { ObjectView } from '../../objects/service.ts'
import { apiSchemas, byReference, columns, problemAnswers } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { copyOf, copyNames } from '../copy-orchestration.ts'
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts'
import { answerSchemas, toAnswer } from '../object-answers.ts'
import { layersOf, settingsSchema } from '../setting-schemas.ts'
import { objectRoutes, tagged } from './object-routes.ts'

const tags = ['orchestrations']
const startBody = z
  .strictObject({ queue: z.boolean().default(false) })
  .register(apiSchemas, { id: 'StartRun', description: '`queue`: where a run is active, wait behind it; one run at most waits.' })
const duplicateBody = z.strictObject({ name: z.string().optional() }).register(apiSchemas, { id: 'Duplicate' })
const deliveryPreview = z
  .object({
    orchestration: z.string(),
    destination: z.string(),
    datasets: z.array(z.object({ name: z.string(), fileName: z.string().nullable(), columns, lines: z.array(z.string()) })),
  })
  .register(apiSchemas, { id: 'DeliveryPreview' })
const layeredSetting = z
  .object({ name: z.string(), value: z.unknown(), setBy: z.string().nullable(), layer: z.enum(layers).nullable(), open: z.boolean() })
  .register(apiSchemas, {
    id: 'LayeredSetting',
    description:
      'A setting after layering: its value, what set it (null: its default, or nothing), and whether the orchestration may set it.',
  })
const layeredSettings = z.object({ data: z.array(layeredSetting), schema: z.record(z.string(), z.unknown()) }).register(apiSchemas, {
  id: 'LayeredSettings',
  description: '`schema` is the JSON Schema of the settings that orchestrations of this destination may set.',
})

/** Orchestrations, what they would send, what their settings are, and their runs. */
export function orchestrationRoutes(api: Api, context: RouteContext): void {
  const { objects, engine, registry, actor } = context
  objectRoutes(api, context, { kind: 'orchestration', path: 'orchestrations', one: 'Orchestration', many: 'Orchestrations' })

  api.post(
    '/orchestrations/:id/runs',
    {
      schema: {
        operationId: 'startRun',
        summary: 'Start a run; the same Idempotency-Key gives the same run',
        'x-answer-headers': ['location'],
        tags,
        params: byReference,
        headers: idempotencyHeader,
        body: startBody.prefault({}),
        response: { 202: runDocument, ...problemAnswers },
        'x-optional-body': true,
      },
    },
    async ({ params, headers, body }, reply) => {
      const run = await engine.start(actor, params.id, {
        trigger: 'manual',
        queue: body.queue,
        idempotency: idempotencyOf(headers, body),
      })
      return reply.code(202).header('location', `/api/v1/runs/${run.id}`).send(run)
    },
  )

  api.post(
    '/orchestrations/:id/preview',
    {
      schema: {
        operationId: 'previewDelivery',
        summary: 'Show file names and first lines as they would be sent',
        tags,
        params: byReference,
        response: { 200: deliveryPreview, ...problemAnswers },
      },
    },
    async ({ params }) => {
      const { datasets, ...preview } = await engine.previewDelivery(params.id)
      return { ...preview, datasets: datasets.map((each) => ({ ...each, columns: [...each.columns], lines: [...each.lines] })) }
    },
  )

  api.post(
    '/orchestrations/:id/duplicate',
    {
      schema: {
        operationId: 'duplicateOrchestration',
        summary: 'Make a copy',
        'x-answer-headers': ['location', 'etag'],
        tags,
        params: byReference,
        body: duplicateBody.prefault({}),
        response: { 201: answerSchemas.orchestration, ...problemAnswers },
        'x-optional-body': true,
      },
    },
    async ({ params, body }, reply) => {
      const original = await objects.get('orchestration', params.id)
      const made = await createCopy(context, original, body.name === undefined ? copyNames(original.name) : [body.name])
      reply.code(201).header('location', `/api/v1/orchestrations/${made.id}`)
      return tagged(reply, made.version, toAnswer.orchestration(made))
    },
  )

  api.get(
    '/orchestrations/:id/settings',
    {
      schema: {
        operationId: 'getOrchestrationSettings',
        summary: 'Show the settings after layering, with what set each, and those that are open',
        tags,
        params: byReference,
        response: { 200: layeredSettings, ...problemAnswers },
      },
    },
    async ({ params }) => {
      const orchestration = await objects.get('orchestration', params.id)
      const [resolved, destination] = await Promise.all([
        objects.resolvedSettings(orchestration),
        objects.get('destination', orchestration.spec.destination),
      ])
      const shape = registry.destinations.get(destination.spec.type)?.settings ?? {}
      const data = Object.entries(shape).map(([name, setting]) => {
        const { value, setBy, layer } = resolved.get(name) ?? { value: null, setBy: null, layer: null }
        const open = layersOf(setting).includes('orchestration') && (layer === null || layer === 'orchestration')
        return { name, value, setBy, layer, open }
      })
      return { data, schema: { ...settingsSchema(shape, 'orchestration') } }
    },
  )
}

/** Creates the copy under the first of the names that is free. */
async function createCopy(
  { objects, actor }: RouteContext,
  original: ObjectView<'orchestration'>,
  names: Iterable<string>,
): Promise<ObjectView<'orchestration'>> {
  let taken: unknown
  for (const name of names) {
    try {
      return await objects.create('orchestration', actor, copyOf(original, name))
    } catch (error) {
      if (!(error instanceof SegueError) || error.code !== 'NAME_TAKEN') throw error
      taken = error
    }
  }
  throw taken
}
