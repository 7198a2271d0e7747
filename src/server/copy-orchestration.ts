/** Duplicate: the document of a copy, and the names that it may get. */
import type { ObjectView } from '../objects/service.ts'
import type { ObjectInput } from './object-bodies.ts'

const longestName = 200
const mostCopies = 100

/** An orchestration as a document under another name; references by id. */
export function copyOf({ spec }: ObjectView<'orchestration'>, name: string): ObjectInput {
  const { object, template, ...rest } = spec
  return { ...rest, name, [object.kind]: object.id, ...(template !== null && { template }) }
}

/** "NAME copy", then "NAME copy 2" and so on; of a name that would become too long the end is left out. */
export function* copyNames(name: string): Generator<string> {
  for (let number = 1; number <= mostCopies; number++) {
    const suffix = number === 1 ? ' copy' : ` copy ${number}`
    yield name.slice(0, longestName - suffix.length).trimEnd() + suffix
  }
}
