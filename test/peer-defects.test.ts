/** What went wrong in other systems, by the number under which their reports were collected: each is cited (`peer defect N`) by the tests that show that it cannot happen here. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const defects: readonly (readonly [number: number, went: string])[] = [
  [1, 'a partial success (207) was taken as a success'],
  [2, 'a 200 with an empty list of results counted as delivered'],
  [3, 'one bad row failed the whole batch'],
  [4, 'a row that had failed was never sent again'],
  [5, 'a watermark moved past rows that were not sent'],
  [6, 'files of one second overwrote each other'],
  [8, 'a full refresh deleted every file of the folder'],
  [13, 'statuses were saved at the end only: after a crash everything was sent again'],
  [14, 'a green run whose rows had all failed'],
  [15, 'a retry after a crash had lost the confirmations: rows were doubled'],
  [18, 'Retry-After was ignored, and a limited try spent the budget'],
  [19, 'one dead destination slowed every other one'],
  [21, 'two triggers at once made two runs'],
  [23, 'zero source rows removed everything'],
  [25, 'credentials stood in logs'],
  [28, 'a run in flight could not be cancelled, the request that failed could not be seen'],
]

const root = resolve(import.meta.dirname, '..')
const testFiles = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('peer-defects.test.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
)

test.each(defects)('peer defect %i (%s) is cited by a test', (number) => {
  expect(testFiles.some((text) => new RegExp(`peer defects? (?:\\d+, )*${number}\\b`).test(text))).toBe(true)
})
