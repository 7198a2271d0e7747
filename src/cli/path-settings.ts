/** Which settings are paths on this machine, as the connectors declare it. */
import { z } from 'zod'
import { apiPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import type { PathSettings } from './configuration.ts'

const settingsSchema = z.object({ properties: z.record(z.string(), z.object({ path: z.boolean().optional() })).default({}) })
const definition = z.object({ type: z.string(), settings: settingsSchema })
const definitionsAnswer = z.object({ databases: z.array(definition), destinations: z.array(definition) })

/** Asks the API once, as a server may have other connectors than this program. */
export async function fetchPathSettings(client: ApiClient): Promise<PathSettings> {
  const { body } = await client.send({ method: 'GET', path: apiPath('definitions') })
  const { databases, destinations } = definitionsAnswer.parse(body)
  const paths = new Map<string, ReadonlySet<string>>()
  for (const [kind, definitions] of [
    ['database', databases],
    ['destination', destinations],
  ] as const) {
    for (const { type, settings } of definitions) {
      const names = Object.entries(settings.properties).filter(([, { path }]) => path === true)
      paths.set(`${kind} ${type}`, new Set(names.map(([name]) => name)))
    }
  }
  return (kind, type) => paths.get(`${kind} ${type}`) ?? new Set()
}
