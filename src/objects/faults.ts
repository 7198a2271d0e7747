/** Everything that is wrong with a change, as data: the rules return faults, and one place throws them. */
import { SegueError, type ErrorCode } from '../contract/errors.ts'

export interface Fault {
  readonly code: ErrorCode
  /** JSON pointer into what was sent. */
  readonly pointer: string
  /** One sentence that names the value at fault. */
  readonly message: string
  /** The objects that stand in the way: "orchestration brazil-to-partner". */
  readonly users?: readonly string[]
}

/** A JSON pointer (RFC 6901) to a place below `at`. */
export function pointerTo(at: string, ...path: readonly PropertyKey[]): string {
  return at + path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The same faults, found in a part that stands at `at`. */
export function below(at: string, faults: readonly Fault[]): Fault[] {
  return faults.map((fault) => ({ ...fault, pointer: at + fault.pointer }))
}

/** How many faults the sentence of an error repeats; the fields have them all. */
const faultsInSentence = 5

function sentence(faults: readonly Fault[]): string {
  const said = faults.slice(0, faultsInSentence).map(({ pointer, message }) => (pointer === '' ? message : `${pointer}: ${message}`))
  const left = faults.length - said.length
  return said.join(' ') + (left > 0 ? ` And ${left} more.` : '')
}

/** The error that tells of all faults; its code is theirs where they agree, else INVALID. */
export function errorOf(faults: readonly Fault[]): SegueError {
  const codes = new Set(faults.map((fault) => fault.code))
  const [code = 'INVALID'] = codes.size === 1 ? codes : []
  const users = [...new Set(faults.flatMap((fault) => fault.users ?? []))].toSorted()
  return new SegueError(code, sentence(faults), {
    errors: faults.map(({ pointer, message, code: own }) => ({ pointer, message, code: own })),
    ...(users.length > 0 && { users }),
  })
}

/** Throws where there are faults. */
export function failWith(faults: readonly Fault[]): void {
  if (faults.length > 0) throw errorOf(faults)
}
