import { z } from 'zod'
import { apiSchemas, byReference, checkResult, credentialSecrets, destinationSettings, problemAnswers } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { savedConnection, testConnection } from '../connection-tests.ts'
import { testBeforeSave, testUnsaved } from '../unsaved-connections.ts'
import { objectRoutes } from './object-routes.ts'

const tags = ['destinations']
const unsavedDestination = z
  .strictObject({
    type: z.string(),
    settings: destinationSettings.default({}),
    credential: z.string().nullish(),
    secrets: credentialSecrets.optional(),
  })
  .register(apiSchemas, { id: 'DestinationToTest' })

/** Destinations, and whether they can be reached and written. */
export function destinationRoutes(api: Api, context: RouteContext): void {
  objectRoutes(api, context, {
    kind: 'destination',
    path: 'destinations',
    one: 'Destination',
    many: 'Destinations',
    beforeCreate: (input) => testBeforeSave(context, 'destination', input, null),
    beforeChange: (input, current) => testBeforeSave(context, 'destination', input, current),
  })

  api.post(
    '/destinations/test',
    {
      schema: {
        operationId: 'testUnsavedDestination',
        summary: 'Test a connection before it is saved',
        tags,
        body: unsavedDestination,
        response: { 200: checkResult, ...problemAnswers },
      },
    },
    ({ body }) => testUnsaved(context, 'destination', body),
  )

  api.post(
    '/destinations/:id/test',
    {
      schema: {
        operationId: 'testDestination',
        summary: 'Test the connection of a destination',
        tags,
        params: byReference,
        response: { 200: checkResult, ...problemAnswers },
      },
    },
    async ({ params }) => testConnection(context, savedConnection(await context.objects.get('destination', params.id))),
  )
}
