/** What a command says, and where: one result on stdout, everything else on stderr. */
import type { Writable } from 'node:stream'
import type { FieldError, Problem } from '../contract/errors.ts'
import { visible } from './display-text.ts'

export interface Output {
  /** `--json`: the result is one JSON document on stdout. */
  readonly json: boolean
  /** The command's one result: the document with `--json`, otherwise the text for people. */
  result(document: unknown, text: string): void
  /** The same where the text is itself the result, such as YAML: no line end is added. */
  verbatim(document: unknown, text: string): void
  /** A line for people, beside the result. */
  note(text: string): void
  /** A line that the next one replaces; shown on terminals only. */
  progress(text: string): void
  /** An error: code, what happened, where, and what to do next. With `--json` as problem document on stdout. */
  problem(problem: Problem): void
}

export interface Streams {
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
}

/** Output of one command. `colour` is decided by the caller: a terminal, and no NO_COLOR. */
export function createOutput(streams: Streams, options: { readonly json: boolean; readonly colour: boolean }): Output {
  let unfinished = false
  const clear = (): void => {
    if (unfinished) streams.stderr.write('\r\u001B[2K')
    unfinished = false
  }
  const note = (text: string): void => {
    clear()
    streams.stderr.write(`${text}\n`)
  }
  const verbatim = (document: unknown, text: string): void => {
    clear()
    streams.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : text)
  }
  return {
    json: options.json,
    result: (document, text) => verbatim(document, `${text}\n`),
    verbatim,
    note,
    progress(text) {
      if (!streams.stderr.isTTY) return
      clear()
      streams.stderr.write(`\r${text}`)
      unfinished = true
    },
    problem(problem) {
      if (options.json) verbatim(problem, '')
      note(problemText(problem, options.colour))
    },
  }
}

/** An error as people read it: `CODE: title`, the detail, the places, the next step. */
export function problemText(problem: Problem, colour: boolean): string {
  const code = colour ? `\u001B[31m${problem.code}\u001B[39m` : problem.code
  // Most details of SQL begin with the place.
  const place =
    problem.line === undefined || problem.detail.startsWith('Line ') ? '' : ` (line ${problem.line}, column ${problem.column ?? 1})`
  const errors = problem.errors ?? []
  const lines = [`${code}: ${problem.title}`]
  if (!isSum(problem.detail, errors)) lines.push(`  ${visible(problem.detail)}${place}`)
  for (const error of errors) lines.push(`  ${visible(`${placeOf(error)}: ${error.message}`)}`)
  if (problem.users) lines.push(`  Used by: ${problem.users.map(visible).join(', ')}`)
  lines.push(`  Next: ${problem.fix}`)
  return lines.join('\n')
}

/** True where the detail only repeats the errors that stand below it with their places: `/0/name: It is missing. /1/type: ...`. */
function isSum(detail: string, [first]: readonly FieldError[]): boolean {
  return first !== undefined && first.pointer !== '' && detail.startsWith(`${first.pointer}: ${first.message}`)
}

/** `file:line:column`, as editors open it; the pointer where it came from no file. */
function placeOf(error: FieldError): string {
  if (error.file === undefined) return error.pointer === '' ? 'it' : error.pointer
  return [error.file, error.line, error.column].filter((part) => part !== undefined).join(':')
}
