import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runStates } from '../contract/runs.ts'
import { nextCommands, nextSteps, quoted } from './next-commands.ts'
import { noRows, runDocumentWith } from '../../test/helpers/run-document.ts'

test('a quoted word comes back from a shell as it was', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((word) => word.isWellFormed() && !word.includes('\0')),
      (word) => {
        expect(execFileSync('/bin/sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' })).toBe(word)
      },
    ),
    { numRuns: 50 },
  )
})

test('commands name the program as it was called, and the data directory where one was given', () => {
  const demo = { query: 'q', orchestrations: ['o'], outbox: '/a b/outbox' }
  expect(nextCommands(demo, { dataDir: undefined, env: {} })).toContain('segue preview o')
  expect(nextCommands(demo, { dataDir: '/a b', env: { SEGUE_PROGRAM: 'bin/segue' } })).toContain("bin/segue --data-dir '/a b' preview o")
  expect(nextCommands(demo, { dataDir: undefined, env: {} })).toContain("ls -l '/a b/outbox'")
})

const called = { dataDir: undefined, env: {} }
const stepsOf = (change: Parameters<typeof runDocumentWith>[0]): string[] =>
  nextSteps(runDocumentWith({ id: 'R', ...change }), called).map(({ command }) => command)

test.each([
  ['failed', ['segue runs retry R', 'segue runs restart R']],
  ['blocked', ['segue runs resume R', 'segue runs restart R']],
  ['held', ['segue runs release R', 'segue runs refuse R']],
  [
    'needs_review',
    ['segue runs parts R --state unknown', 'segue runs resolve R --part PART --as sent', 'segue runs resolve R --part PART --as resend'],
  ],
  ['retry_wait', ['segue runs show R', 'segue runs cancel R']],
  ['succeeded', []],
] as const)('a run that is %s is followed by %j', (state, commands) => {
  expect(stepsOf({ state })).toEqual(commands)
})

test('rejected rows are looked at first, and sent again where the run has kept them', () => {
  const counts = { ...noRows, rejected: 2 }
  expect(stepsOf({ state: 'succeeded_with_rejects', counts })).toEqual(['segue rejects R', 'segue rejects R --retry'])
  const files = [{ dataset: 'q', name: 'q.csv', rows: 1, bytes: 2, sha256: '' }]
  expect(stepsOf({ state: 'succeeded_with_rejects', counts, files })).toEqual(['segue rejects R'])
  expect(stepsOf({ state: 'failed', counts })[0]).toBe('segue rejects R')
})

test('a run of which every row was rejected is not retried: the same rows would be rejected again', () => {
  expect(stepsOf({ state: 'failed', reason: 'ALL_REJECTED' })).toEqual(['segue runs restart R'])
})

test('every state that is not an end in itself has a next step, called as this program was', () => {
  for (const state of runStates) {
    const steps = nextSteps(runDocumentWith({ state, counts: { ...noRows, rejected: 1 } }), { dataDir: '/a b', env: {} })
    const settled = ['succeeded', 'cancelled', 'skipped'].includes(state)
    expect(steps.length > 0, state).toBe(!settled)
    for (const { command } of steps) expect(command).toMatch(/^segue --data-dir '\/a b' (runs|rejects) /)
  }
})
