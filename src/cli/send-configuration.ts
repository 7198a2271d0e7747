/** What `validate`, `plan` and `apply` have in common: files become a request, and its errors get their places in the files back. */
import { apiPath } from '../api-client.ts'
import type { ConfigurationChange } from '../contract/documents.ts'
import { changesAnswer } from './changes.ts'
import type { Invocation } from './command.ts'
import { readNamed, refuseEmptyPrune } from './named-files.ts'

export interface ConfigurationRequest {
  readonly action: 'plan' | 'apply'
  /** Paths as they were typed. */
  readonly files: readonly string[]
  readonly prune: boolean
  /** Further fields of the request. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** Sends the documents of the files; how many they were, the answer as it came, and the changes in it. */
export async function sendConfiguration(
  { connect, world }: Invocation,
  { action, files, prune, more = {} }: ConfigurationRequest,
): Promise<{ readonly documents: number; readonly body: unknown; readonly changes: readonly ConfigurationChange[] }> {
  const client = await connect()
  const { documents, placed } = await readNamed(files, client, world)
  refuseEmptyPrune(documents, prune)
  try {
    const path = apiPath('configuration', action)
    const { body } = await client.send({ method: 'POST', path, body: { documents, prune, ...more }, signal: world.interrupt })
    return { documents: documents.length, body, changes: changesAnswer.parse(body).changes }
  } catch (error) {
    throw placed(error)
  }
}
