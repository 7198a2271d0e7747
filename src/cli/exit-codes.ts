/** How a command ended, as a number (product.md, "Exit codes"). The one place that knows them. */
import { errorTable } from '../contract/errors.ts'
import type { ErrorCode } from '../contract/errors.ts'
import type { RunState } from '../contract/runs.ts'

export const exitCodes = {
  succeeded: 0,
  unexpected: 1,
  usage: 2,
  /** Only of `segue plan --detailed-exitcode`, as in Terraform. */
  changes: 2,
  notAllowed: 3,
  notFound: 4,
  conflict: 5,
  invalid: 6,
  /** A run, or a thing that was tried such as a connection test, failed. */
  failed: 7,
  rejects: 8,
  stillRunning: 9,
  unreachable: 10,
  needsPerson: 11,
  interrupted: 130,
} as const

const byCode: Partial<Record<ErrorCode, number>> = {
  USAGE: exitCodes.usage,
  SERVER_UNREACHABLE: exitCodes.unreachable,
  DATABASE_BUSY: exitCodes.conflict,
  RUN_FAILED: exitCodes.failed,
  // The owner's to put right, though the API can only call them its own failure.
  SECRET_KEY_WRONG: exitCodes.invalid,
  SECRET_KEY_INVALID: exitCodes.invalid,
  DATA_DIR_UNUSABLE: exitCodes.invalid,
}

const byStatus: Readonly<Record<number, number>> = {
  400: exitCodes.invalid,
  401: exitCodes.notAllowed,
  403: exitCodes.notAllowed,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  412: exitCodes.conflict,
  413: exitCodes.invalid,
  415: exitCodes.invalid,
  422: exitCodes.invalid,
  428: exitCodes.invalid,
  // The other side refused or broke: what was asked for was tried, and failed.
  502: exitCodes.failed,
}

const byState: Readonly<Record<RunState, number>> = {
  succeeded: exitCodes.succeeded,
  skipped: exitCodes.succeeded,
  succeeded_with_rejects: exitCodes.rejects,
  failed: exitCodes.failed,
  cancelled: exitCodes.failed,
  queued: exitCodes.stillRunning,
  running: exitCodes.stillRunning,
  retry_wait: exitCodes.stillRunning,
  cancelling: exitCodes.stillRunning,
  held: exitCodes.needsPerson,
  needs_review: exitCodes.needsPerson,
  blocked: exitCodes.needsPerson,
}

/** The exit code of an error of the table. */
export function exitCodeOfError(code: ErrorCode): number {
  return byCode[code] ?? byStatus[errorTable[code].status] ?? exitCodes.unexpected
}

/** The exit code of a command that waited for a run. */
export function exitCodeOfRun(state: RunState): number {
  return byState[state]
}
