import { databaseTypes } from '../../src/databases/registry.ts'
import { destinationTypes } from '../../src/destinations/registry.ts'
import { templateTypesFor } from '../../src/destinations/template-types.ts'
import type { Engine } from '../../src/engine/service.ts'
import type { Objects } from '../../src/objects/service.ts'
import { packageVersion } from '../../src/package-version.ts'
import { createServer } from '../../src/server/server.ts'

/** The OpenAPI document of this version, as `GET /api/v1/openapi.json` answers it. */
export async function openApiFile(): Promise<string> {
  const server = await createServer({
    objects: neverAsked<Objects>('objects'),
    engine: neverAsked<Engine>('the engine'),
    doctor: () => Promise.reject(new Error('The doctor was asked while the API was described.')),
    registry: { databases: databaseTypes, destinations: destinationTypes, templates: templateTypesFor(destinationTypes) },
    actor: { id: 'docs', name: 'docs' },
    log: false,
    version: packageVersion(),
  })
  try {
    return `${JSON.stringify(server.swagger(), null, 2)}\n`
  } finally {
    await server.close()
  }
}

/** Stands for a room that only a request would ask, and there are none. */
function neverAsked<Room extends object>(name: string): Room {
  return new Proxy({} as Room, {
    get: () => {
      throw new Error(`The room of ${name} was asked while the API was described.`)
    },
  })
}
