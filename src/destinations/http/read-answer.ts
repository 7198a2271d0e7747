/** What an answer says of the batch that was sent. Nothing counts as accepted that the answer does not account for. */
import type { HttpAnswer } from '../../contract/net.ts'
import { claimsJson, readAnswerBody, type AnswerBody } from './answer-body.ts'
import { holds, includesStatus } from './answer-rules.ts'
import { valueAt } from './json-pointer.ts'
import { jsonText } from './json-text.ts'
import type { HttpSettings } from './parse-settings.ts'
import type { Reading } from './reading.ts'
import { statusFailure } from './status-failure.ts'
import { readVerdicts } from './verdicts.ts'

export type ReadingRules = Pick<
  HttpSettings,
  'success' | 'successWhen' | 'verdicts' | 'acceptedCount' | 'refusedStatuses' | 'idempotencyHeader'
>

/** Reads the answer to a batch of `rows` rows. `now` is when it came. */
export function readAnswer(answer: HttpAnswer, rows: number, rules: ReadingRules, now: Date): Reading {
  const { status } = answer
  if (includesStatus(rules.success, status)) return readSuccess(answer, rows, rules)
  const said = textOf(answer)
  if (rules.refusedStatuses.includes(status)) {
    return { kind: 'refused', code: 'BATCH_REFUSED', reason: `It answered ${status}${said === '' ? '' : `: ${said}`}` }
  }
  return statusFailure(answer, rules.idempotencyHeader !== undefined, said, now)
}

function readSuccess(answer: HttpAnswer, rows: number, rules: ReadingRules): Reading {
  const { status, headers } = answer
  const { successWhen, verdicts, acceptedCount } = rules
  const body = readAnswerBody(answer)
  const mustBeRead = successWhen !== undefined || verdicts !== undefined || acceptedCount !== undefined
  const fault = bodyFault(body, mustBeRead, claimsJson(headers))
  if (fault !== null) return noVerdict(status, fault)
  const value = body.kind === 'json' ? body.value : undefined

  if (successWhen !== undefined && !holds(successWhen, value)) {
    return noVerdict(status, `\`successWhen\` does not hold: at ${successWhen.pointer} it has ${shown(value, successWhen.pointer)}`)
  }
  if (status === 207 && verdicts === undefined) {
    return noVerdict(status, 'that means that some rows may have failed; say in `verdicts` where it tells which')
  }
  const read = verdicts ? readVerdicts(value, rows, verdicts, (successWhen ?? acceptedCount) !== undefined) : { exceptions: [] }
  if ('unaccounted' in read) return noVerdict(status, read.unaccounted)
  const accepted = rows - read.exceptions.length
  if (acceptedCount !== undefined && valueAt(value, acceptedCount) !== accepted) {
    return noVerdict(status, `it should count ${accepted} accepted rows at ${acceptedCount}, and has ${shown(value, acceptedCount)}`)
  }
  return { kind: 'verdicts', rows, exceptions: read.exceptions }
}

/** Why the body cannot belong to a success, or null. */
function bodyFault(body: AnswerBody, mustBeRead: boolean, shouldBeJson: boolean): string | null {
  switch (body.kind) {
    case 'html':
      return 'it is an HTML page, such as a sign-in or an error page'
    case 'empty':
      return mustBeRead ? 'it is empty, and the rules need something in it' : null
    case 'other':
      return mustBeRead || shouldBeJson ? body.why : null
    case 'json':
      return null
  }
}

/** The status says success and the answer does not bear it out: what became of the rows is not known. */
function noVerdict(status: number, why: string): Reading {
  return {
    kind: 'failed',
    failure: 'config',
    mayHaveArrived: true,
    code: 'ANSWER_INVALID',
    reason: `It answered ${status}, but ${why}`,
    retryAfterMs: null,
  }
}

function shown(value: unknown, pointer: string): string {
  return jsonText(valueAt(value, pointer))
}

/** What the answer says in words. */
function textOf(answer: HttpAnswer): string {
  const body = readAnswerBody(answer)
  if (body.kind === 'html') return 'an HTML page'
  return body.kind === 'empty' ? '' : new TextDecoder().decode(answer.body)
}
