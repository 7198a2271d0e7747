/** The commands for runs that stopped, each a process of its own, against a server whose engine does what the test says. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { RejectedRow, PartView, RunDocument, RunState } from '../../src/contract/runs.ts'
import { listen } from '../../src/server/listen.ts'
import { eventually } from '../helpers/eventually.ts'
import { noRows } from '../helpers/run-document.ts'
import { segue, startSegue } from '../helpers/segue-command.ts'
import type { CommandResult, RunningCommand } from '../helpers/segue-command.ts'
import { testApi, withConfiguration, type TestApi } from '../server/test-api.ts'

// Each command is a process of its own, on a machine that does other things as well.
vi.setConfig({ testTimeout: 120_000 })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-run-actions-'))
})
afterAll(() => rm(folder, { recursive: true }))

let api: TestApi
let url = ''
let run: RunDocument
beforeEach(async () => {
  api = await withConfiguration(await testApi())
  url = await listen(api.server, '127.0.0.1:0')
  run = (await api.send('POST', '/orchestrations/nightly/runs')).body as unknown as RunDocument
})
afterEach(async () => api.server.close())

const options = () => ({ cwd: folder, env: { SEGUE_URL: url } })
const command = (...args: readonly string[]): Promise<CommandResult> => segue(args, options())
const start = (...args: readonly string[]): RunningCommand => startSegue(args, options())

let number = 0
/** The run comes to a state, as its worker would say it. */
function comesTo(id: string, state: RunState, more: Partial<RunDocument> = {}): void {
  const changed = api.engine.change(id, { state, ...more })
  api.engine.tell(id, { kind: 'event', number: ++number, at: '2026-11-24T08:00:00.000Z', event: state, detail: {} })
  if (['succeeded', 'failed', 'cancelled'].includes(state)) api.engine.tell(id, { kind: 'end', run: changed })
}
const watched = () => eventually(() => api.engine.watchers() > 0)
const idOf = (result: CommandResult): string => z.object({ id: z.string() }).parse(result.json()).id

const part = (id: string, state: PartView['state']): PartView => ({
  id,
  dataset: 'customers',
  state,
  name: null,
  from: 0,
  to: 100,
  rows: 100,
  delivered: 0,
  rejected: 0,
  attempts: 1,
  possibleDuplicate: false,
  reason: null,
})
const rejected = (row: number): RejectedRow => ({
  row,
  key: `["k${row}"]`,
  code: 'ROW_REJECTED',
  column: 'email',
  reason: 'no address',
  part: 'part_1',
  attempt: 1,
  at: '2026-11-24T08:00:00.000Z',
  values: '{"email":"\u009b2J"}',
  request: null,
  answer: null,
})

/** The run that a command has just started. */
async function startedRun(): Promise<string> {
  let found: string | undefined
  await eventually(async () => {
    const { body } = await api.send('GET', '/runs?state=queued')
    found = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(body).data[0]?.id
    return found !== undefined
  })
  return found ?? ''
}

describe('waiting for a run', () => {
  test.each([
    ['blocked', 'segue runs resume'],
    ['held', 'segue runs release'],
    ['needs_review', 'segue runs resolve'],
  ] as const)('ends with 11 when it comes to be %s, and says what to do; tries of its own are waited for', async (state, next) => {
    api.engine.change(run.id, { state: 'failed' })
    const { result } = start('run', 'nightly', '--wait')
    const id = await startedRun()
    await watched()
    comesTo(id, 'retry_wait')
    comesTo(id, 'running')
    comesTo(id, state, { reason: 'OUTCOME_UNKNOWN' })
    const ended = await result
    expect(ended).toMatchObject({ code: 11, stderr: '' })
    expect(ended.stdout).toContain('OUTCOME_UNKNOWN: It is not known whether rows arrived')
    expect(ended.stdout).toContain(`${next} ${id}`)
    await eventually(() => api.engine.watchers() === 0)
  })

  test.each([
    ['resume', 'blocked'],
    ['release', 'held'],
  ] as const)('that %s lets go on: that it was %s before does not end it', async (action, state) => {
    comesTo(run.id, state)
    const { result } = start('runs', action, run.id, '--wait', '--json')
    await eventually(async () => (await api.send('GET', `/runs/${run.id}`)).body['state'] === 'running')
    await watched()
    comesTo(run.id, 'succeeded')
    const ended = await result
    expect(ended.json()).toMatchObject({ id: run.id, state: 'succeeded' })
    expect(ended.code).toBe(0)
  })

  test('is over after --timeout, with 9', async () => {
    api.engine.change(run.id, { state: 'blocked' })
    const ended = await command('runs', 'resume', run.id, '--timeout', '1s', '--json')
    expect(ended.json()).toMatchObject({ id: run.id, state: 'running' })
    expect(ended.code).toBe(9)
  })

  test('prints the timeline with --follow, the earlier part too', async () => {
    comesTo(run.id, 'blocked')
    const { result } = start('runs', 'resume', run.id, '--follow')
    await watched()
    comesTo(run.id, 'failed')
    const ended = await result
    expect(ended.code).toBe(7)
    expect(ended.stderr).toMatch(/blocked\n.*failed\n/)
  })
})

describe('starting again', () => {
  test.each([
    ['retry', { retryOf: expect.stringMatching(/^run_/) }],
    ['restart', { retryOf: null }],
  ] as const)('runs %s starts a run, and with --wait ends as it does', async (action, origin) => {
    api.engine.change(run.id, { state: 'failed' })
    const begun = await command('runs', action, run.id, '--json')
    expect(begun).toMatchObject({ code: 0 })
    expect(begun.json()).toMatchObject({ state: 'queued', ...origin })
    comesTo(idOf(begun), 'failed')
    const { result } = start('runs', action, run.id, '--wait')
    const id = await startedRun()
    await watched()
    comesTo(id, 'succeeded_with_rejects', { counts: { ...noRows, queried: 2, delivered: 1, rejected: 1 } })
    api.engine.tell(id, { kind: 'end', run: api.engine.change(id, {}) })
    const ended = await result
    expect(ended.code).toBe(8)
    expect(ended.stdout).toContain(`segue rejects ${id} --retry`)
  })

  test('is refused with 5 where the run is in no state for it', async () => {
    for (const args of [['retry'], ['restart'], ['resume'], ['release'], ['refuse'], ['resolve', '--part', 'p', '--as', 'sent']]) {
      const [action = '', ...more] = args
      const refused = await command('runs', action, run.id, ...more, '--json')
      expect(refused.json(), action).toMatchObject({ code: 'ACTION_REFUSED' })
      expect(refused.code).toBe(5)
    }
  })

  test('run --queue waits behind the active run', async () => {
    expect(await command('run', 'nightly', '--json')).toMatchObject({ code: 5 })
    const queued = await command('run', 'nightly', '--queue')
    expect(queued).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Started: run_/) })
    expect((await command('run', 'nightly', '--queue', '--json')).json()).toMatchObject({ code: 'RUN_WAITING' })
  })
})

test('refuse ends a held run', async () => {
  api.engine.change(run.id, { state: 'held' })
  const refused = await command('runs', 'refuse', run.id)
  expect(refused).toMatchObject({ code: 0, stdout: expect.stringContaining('nightly: cancelled, REFUSED') })
})

test('unknown parts are listed and resolved one after the other; the run goes on after the last one', async () => {
  api.engine.change(run.id, { state: 'needs_review' })
  api.engine.runParts.set(run.id, [part('part_1', 'unknown'), part('part_2', 'sent'), part('part_3', 'unknown')])
  const listed = await command('runs', 'parts', run.id, '--state', 'unknown')
  expect(listed.stdout).toMatch(/part_1 +customers +unknown +rows 0 to 99/)
  expect(listed.stdout).not.toContain('part_2')
  const page = await command('runs', 'parts', run.id, '--limit', '2')
  expect(page.stderr).toContain(`segue runs parts ${run.id} --limit 2 --cursor part_2`)
  expect((await command('runs', 'parts', run.id, '--limit', '2', '--cursor', 'part_2', '--json')).json()).toMatchObject({
    data: [{ id: 'part_3' }],
  })

  const resolve = (id: string, as: string, ...more: string[]) =>
    command('runs', 'resolve', run.id, '--part', id, '--as', as, '--json', ...more)
  const first = await resolve('part_1', 'sent', '--wait')
  expect(first.json()).toMatchObject({ state: 'needs_review' })
  expect(first.code).toBe(11)
  expect(await resolve('part_1', 'sent')).toMatchObject({ code: 4 })
  const last = await resolve('part_3', 'resend')
  expect(last.json()).toMatchObject({ state: 'running' })
  expect(last.code).toBe(0)
})

describe('segue rejects', () => {
  const reasons = [{ code: 'ROW_REJECTED', column: 'email', rows: 3 }]
  const counts = { ...noRows, queried: 9, delivered: 6, rejected: 3 }
  beforeEach(() => {
    api.engine.change(run.id, { state: 'succeeded_with_rejects', counts, datasets: [{ name: 'customers', counts, rejects: reasons }] })
    api.engine.runRejects.set(run.id, [rejected(1), rejected(4), rejected(8)])
  })

  test('shows the reasons, then the first rows, whose values a terminal does not obey', async () => {
    const shown = await command('rejects', run.id, '--limit', '2')
    expect(shown.stdout).toMatch(/customers +ROW_REJECTED +email +3\n\n/)
    expect(shown.stdout).toContain('["k1"]')
    expect(shown.stdout).toContain('2 of 3 rows shown')
    expect(shown.stdout).toContain(`segue rejects ${run.id} --format csv --output FILE`)
    expect(shown.stdout).toContain('\\u009b2J')
    expect((await command('rejects', run.id, '--json')).json()).toMatchObject({
      run: run.id,
      reasons: [{ dataset: 'customers', rows: 3 }],
      dataset: 'customers',
      data: [rejected(1), rejected(4), rejected(8)],
      hasMore: false,
    })
  })

  test('says where the rows are not kept, and where there are none', async () => {
    api.engine.runRejects.delete(run.id)
    expect((await command('rejects', run.id)).stdout).toContain('The rows themselves are not kept.')
    expect((await command('rejects', run.id, '--code', 'OTHER')).stdout).toBe('No rejected rows.\n')
  })

  test('of several datasets asks which', async () => {
    api.engine.change(run.id, { datasets: ['customer', 'invoice'].map((name) => ({ name, counts, rejects: reasons })) })
    api.engine.runRejects.set(`${run.id} invoice`, [rejected(5)])
    expect((await command('rejects', run.id)).stdout).toContain(`segue rejects ${run.id} --dataset NAME`)
    expect((await command('rejects', run.id, '--dataset', 'invoice')).stdout).toContain('["k5"]')
    const refused = await command('rejects', run.id, '--format', 'csv')
    expect(refused).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('say which') })
  })

  test('writes all of them to standard output, or to a file that is not there yet', async () => {
    const lines = [rejected(1), rejected(4), rejected(8)].map((row) => `${JSON.stringify(row)}\n`).join('')
    expect(await command('rejects', run.id, '--format', 'ndjson')).toMatchObject({ code: 0, stdout: lines, stderr: '' })

    const file = join(folder, 'rejects.csv')
    const write = (...more: string[]) => command('rejects', run.id, '--format', 'csv', '--output', 'rejects.csv', '--json', ...more)
    expect((await write()).json()).toMatchObject({ run: run.id, file: 'rejects.csv', bytes: expect.any(Number) })
    expect(await readFile(file, 'utf8')).toMatch(/^row,code\n1,ROW_REJECTED\n/)
    await writeFile(file, 'mine')
    expect((await write()).json()).toMatchObject({ code: 'NAME_TAKEN' })
    expect(await readFile(file, 'utf8')).toBe('mine')
    expect(await write('--force')).toMatchObject({ code: 0 })
    expect(await readFile(file, 'utf8')).toMatch(/^row,code\n/)
    expect(await command('rejects', run.id, '--format', 'csv', '--json')).toMatchObject({ code: 2 })
  })

  test('a download that breaks off is an error, and leaves no file', async () => {
    api.engine.downloadRejected = async () =>
      (async function* () {
        yield Buffer.from('row,code\n')
        throw new Error('the disk is gone')
      })()
    const broken = await command('rejects', run.id, '--format', 'csv', '--output', 'broken.csv', '--json')
    expect(broken.json()).toMatchObject({ code: 'SERVER_UNREACHABLE' })
    expect(broken.code).toBe(10)
    await expect(readFile(join(folder, 'broken.csv'))).rejects.toThrow('ENOENT')
  })

  test('--retry starts a run of the rejected rows, and with --wait ends as it does', async () => {
    const { result } = start('rejects', run.id, '--retry', '--wait', '--json')
    const id = await startedRun()
    await watched()
    comesTo(id, 'succeeded')
    const ended = await result
    expect(ended.json()).toMatchObject({ id, retryOf: run.id, state: 'succeeded' })
    expect(ended.code).toBe(0)
    api.engine.change(run.id, { counts: noRows })
    expect(await command('rejects', run.id, '--retry')).toMatchObject({ code: 5 })
  })
})
