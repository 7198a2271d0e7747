import { expect, test } from 'vitest'
import { errorTable } from '../contract/errors.ts'
import type { ErrorCode } from '../contract/errors.ts'
import { exitCodeOfError, exitCodeOfRun } from './exit-codes.ts'

test.each([
  ['INTERNAL', 1],
  ['STORE_UNAVAILABLE', 1],
  ['USAGE', 2],
  ['HOST_REFUSED', 3],
  ['NOT_FOUND', 4],
  ['NAME_TAKEN', 5],
  ['VERSION_CONFLICT', 5],
  ['DATABASE_BUSY', 5],
  ['INVALID', 6],
  ['YAML_INVALID', 6],
  ['NOT_AVAILABLE', 6],
  ['AUTH_FAILED', 7],
  ['SERVER_UNREACHABLE', 10],
] as const)('%s ends with %d', (code, exitCode) => {
  expect(exitCodeOfError(code)).toBe(exitCode)
})

test('no error looks like success, and only failures of Segue itself are unexpected', () => {
  for (const [code, { status }] of Object.entries(errorTable)) {
    expect({ code, exit: exitCodeOfError(code as ErrorCode) }).not.toMatchObject({ exit: 0 })
    if (status < 500) expect({ code, exit: exitCodeOfError(code as ErrorCode) }).not.toMatchObject({ exit: 1 })
  }
})

test.each([
  ['succeeded', 0],
  ['succeeded_with_rejects', 8],
  ['failed', 7],
  ['cancelled', 7],
  ['running', 9],
  ['held', 11],
  ['needs_review', 11],
  ['blocked', 11],
] as const)('a run that is %s ends with %d', (state, exitCode) => {
  expect(exitCodeOfRun(state)).toBe(exitCode)
})
