/** Objects as documents: the way from the store to files. */
import { SegueError } from '../contract/errors.ts'
import type { Configured } from './configured.ts'
import type { PrintedDocument } from './kinds/kind-rules.ts'
import { rulesOf } from './kinds/rules.ts'
import { secretIsSet } from './secret-changes.ts'

/** What is known of a credential's secrets without opening them: the reference of each field, where it has one. */
export type PrintedSecrets = ReadonlyMap<string, string | null>

/** The document of an object: applied to the same configuration it changes nothing. */
export function printedDocument(object: Configured, nameOf: (id: string) => string | undefined, secrets: PrintedSecrets): PrintedDocument {
  const document = rulesOf(object.kind).toDocument(object, (id) => {
    const name = nameOf(id)
    if (name === undefined) throw new SegueError('INTERNAL', `${object.kind} "${object.name}" names ${id}, which is not there.`)
    return name
  })
  if (document.kind !== 'credential' || secrets.size === 0) return document
  return { ...document, secrets: Object.fromEntries([...secrets].map(([field, reference]) => [field, reference ?? secretIsSet])) }
}
