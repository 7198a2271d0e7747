import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextCommands, quoted } from './next-commands.ts'

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
