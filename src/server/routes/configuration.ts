import { z } from 'zod'
import { configurationChange } from '../../contract/documents.ts'
import { apiSchemas, problemAnswers } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { testConfiguration } from '../test-configuration.ts'

const tags = ['configuration']
/** The documents are checked by the rules of configuration, which tell of everything that is wrong at once. */
const documentsBody = z
  .strictObject({ documents: z.array(z.unknown()).max(10_000), prune: z.boolean().default(false), test: z.boolean().default(false) })
  .register(apiSchemas, {
    id: 'Documents',
    description:
      'Configuration documents as in the files. The pointers of errors lead into `documents`: `/3/settings/format`. `test` tests the connections among the changes, and checks the queries and exports that become active against their database.',
  })
const changesAnswer = z.object({ changes: z.array(configurationChange) }).register(apiSchemas, { id: 'Changes' })
const exportAnswer = z.object({ documents: z.array(z.record(z.string(), z.unknown())) }).register(apiSchemas, { id: 'ExportedDocuments' })

const actions = [
  ['plan', false, 'Show what applying documents would change'],
  ['apply', true, 'Change objects as documents say, all or nothing'],
] as const

/** Configuration as files: what a set of documents would change, the change, and the way out. */
export function configurationRoutes(api: Api, context: RouteContext): void {
  const { objects, actor } = context

  for (const [action, commit, summary] of actions) {
    api.post(
      `/configuration/${action}`,
      {
        schema: {
          operationId: `${action}Configuration`,
          summary,
          tags,
          body: documentsBody,
          response: { 200: changesAnswer, ...problemAnswers },
        },
      },
      async ({ body: { documents, prune, test } }) => {
        if (test) await testConfiguration(context, documents, await objects.apply(actor, documents, { commit: false, prune }))
        return { changes: [...(await objects.apply(actor, documents, { commit, prune }))] }
      },
    )
  }

  api.get(
    '/configuration/export',
    {
      schema: {
        operationId: 'exportConfiguration',
        summary: 'Show all objects as documents',
        tags,
        response: { 200: exportAnswer, ...problemAnswers },
      },
    },
    async () => ({ documents: [...(await objects.export())] }),
  )
}
