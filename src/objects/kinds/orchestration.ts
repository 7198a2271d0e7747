import { isDeepStrictEqual } from 'node:util'
import { defaultDelivery, defaultRetry, type RetryPolicy, type Specs } from '../../contract/objects.ts'
import { orchestrationFaults } from '../orchestration-rules.ts'
import type { KindRules, ReferenceTo } from './kind-rules.ts'

function references({ object, destination, template }: Specs['orchestration']): ReferenceTo[] {
  return [
    { field: 'object', kind: object.kind, id: object.id },
    { field: 'destination', kind: 'destination', id: destination },
    ...(template === null ? [] : [{ field: 'template', kind: 'template' as const, id: template }]),
  ]
}

/** What differs from the default policy. */
function printedRetry({ attempts, within }: RetryPolicy): { retry?: Partial<RetryPolicy> } {
  const retry = {
    ...(attempts !== defaultRetry.attempts && { attempts }),
    ...(within !== defaultRetry.within && { within }),
  }
  return Object.keys(retry).length > 0 ? { retry } : {}
}

export const orchestrationRules: KindRules<'orchestration'> = {
  names: { query: 'query', export: 'export', destination: 'destination', template: 'template' },
  toSpec: (document, reading) => {
    const { description = '', query, destination, template, parameters = {}, settings, enabled, delivery, retry, priority } = document
    const kind = query === undefined ? 'export' : 'query'
    return {
      description,
      object: { kind, id: reading.resolve(kind, query ?? document.export ?? '', `/${kind}`) },
      parameters,
      destination: reading.resolve('destination', destination, '/destination'),
      template: template === undefined ? null : reading.resolve('template', template, '/template'),
      settings,
      enabled,
      delivery,
      retry,
      priority,
      workflow: { mode: 'manual' },
    }
  },
  toDocument: ({ name, spec }, nameOf) => ({
    kind: 'orchestration',
    name,
    ...(spec.description !== '' && { description: spec.description }),
    ...(spec.object.kind === 'query' ? { query: nameOf(spec.object.id) } : { export: nameOf(spec.object.id) }),
    ...(Object.keys(spec.parameters).length > 0 && { parameters: spec.parameters }),
    destination: nameOf(spec.destination),
    ...(spec.template !== null && { template: nameOf(spec.template) }),
    ...(Object.keys(spec.settings).length > 0 && { settings: spec.settings }),
    ...(!spec.enabled && { enabled: false }),
    ...(!isDeepStrictEqual(spec.delivery, defaultDelivery) && { delivery: spec.delivery }),
    ...printedRetry(spec.retry),
    ...(spec.priority !== 0 && { priority: spec.priority }),
  }),
  references,
  check: orchestrationFaults,
}
