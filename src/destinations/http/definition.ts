import { defineRecordDestination, type DestinationContext } from '../../contract/destination.ts'
import { parseOwn } from '../own-settings.ts'
import { checkHttp } from './check.ts'
import { HttpDestination } from './http-destination.ts'
import { limitsOf, parseHttpSettings } from './parse-settings.ts'
import { httpCredential, httpSettings } from './settings.ts'

/** Any service that takes JSON over HTTP. */
export const http = defineRecordDestination({
  type: 'http',
  title: 'HTTP',
  summary: 'Sends batches of rows as JSON to a URL, and reads from each answer which rows were accepted.',
  settings: httpSettings,
  credential: httpCredential,
  capabilities: { modes: ['full', 'append'], onOneMachine: false, runs: 1 },
  limits: (settings) => limitsOf(parseHttpSettings(settings)),
  check: (context) => checkHttp(openHttp(context), parseHttpSettings(context.settings), context.signal),
  open: async (context) => openHttp(context),
  samples: {
    settings: { url: 'https://api.example.com/contacts', auth: 'bearer', body: '{"contacts": {{ rows }}}' },
    secrets: { token: 'example' },
  },
})

function openHttp(context: DestinationContext): HttpDestination {
  return new HttpDestination(parseHttpSettings(context.settings), parseOwn(httpCredential.shape, context.secrets), context)
}
