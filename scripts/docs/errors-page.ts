import { errorTable } from '../../src/contract/errors.ts'
import type { ErrorEntry } from '../../src/contract/errors.ts'
import { exitCodeOfError } from '../../src/cli/exit-codes.ts'
import type { ErrorCode } from '../../src/contract/errors.ts'
import { code, page, table } from './markdown.ts'

const actors: Readonly<Record<ErrorEntry['actor'], string>> = { you: 'you', destination: 'whoever runs the destination', segue: 'Segue' }

/** Every code that a person or a program can meet. */
export function errorsPage(): string {
  const rows = Object.entries<ErrorEntry>(errorTable).map(([name, { title, status, actor, failure, fix }]) => [
    code(name),
    title,
    fix,
    actors[actor],
    failure === 'transient' || failure === 'rate_limit' ? 'yes' : 'no',
    String(status),
    String(exitCodeOfError(name as ErrorCode)),
  ])
  return page('Errors', 'src/contract/errors.ts', [
    'Every failure has one of these codes: in the API as a problem document (RFC 9457), with `--json` on the command line, and in a run. The detail of an error names the value at fault; it never holds a secret.',
    '"Temporary" means that the same thing may work a little later with nothing changed.',
    table(['code', 'what happened', 'what to do', 'who acts', 'temporary', 'HTTP status', 'exit code'], rows),
  ])
}
