import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HttpAnswer } from '../../contract/net.ts'
import type { SettingValues } from '../../contract/settings.ts'
import { parseHttpSettings } from './parse-settings.ts'
import { readAnswer } from './read-answer.ts'
import type { Reading } from './reading.ts'

const now = new Date('2026-11-23T08:30:00Z')
const json = { 'content-type': 'application/json' }

function answer(status: number, body: unknown = '', headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: typeof body === 'string' ? headers : { ...json, ...headers }, body: Buffer.from(text), sentWhole: true }
}
function read(given: HttpAnswer, rows: number, settings: SettingValues = {}): Reading {
  return readAnswer(given, rows, parseHttpSettings({ url: 'https://x/', ...settings }), now)
}

describe('statuses', () => {
  test.each([
    [401, 'auth', false, 'AUTH_FAILED'],
    [403, 'auth', false, 'AUTH_FAILED'],
    [404, 'config', false, 'REQUEST_REFUSED'],
    [405, 'config', false, 'REQUEST_REFUSED'],
    [409, 'config', false, 'REQUEST_REFUSED'],
    [410, 'config', false, 'REQUEST_REFUSED'],
    [415, 'config', false, 'REQUEST_REFUSED'],
    [408, 'transient', false, 'DESTINATION_FAILED'],
    [425, 'transient', false, 'DESTINATION_FAILED'],
    [429, 'rate_limit', false, 'RATE_LIMITED'],
    [500, 'transient', false, 'DESTINATION_FAILED'],
    [501, 'config', false, 'REQUEST_REFUSED'],
    [502, 'transient', true, 'DESTINATION_FAILED'],
    [503, 'transient', false, 'DESTINATION_FAILED'],
    [504, 'transient', true, 'DESTINATION_FAILED'],
    [520, 'transient', true, 'DESTINATION_FAILED'],
    [304, 'config', false, 'REQUEST_REFUSED'],
  ])('%d', (status, failure, mayHaveArrived, code) => {
    expect(read(answer(status), 5)).toEqual({
      kind: 'failed',
      failure,
      mayHaveArrived,
      code,
      reason: expect.stringContaining(`answered ${status}`),
      retryAfterMs: null,
    })
  })

  test.each([400, 413, 422])('%d is about the rows', (status) => {
    expect(read(answer(status, { message: 'no' }), 5)).toEqual({
      kind: 'refused',
      code: 'BATCH_REFUSED',
      reason: `It answered ${status}: {"message":"no"}`,
    })
    expect(read(answer(status), 5, { refusedStatuses: [409] })).toMatchObject({ kind: 'failed', failure: 'config' })
  })

  test('a redirect is named, and not followed', () => {
    expect(read(answer(308, '', { location: 'https://new.example/' }), 5)).toMatchObject({
      failure: 'config',
      reason: expect.stringContaining('https://new.example/'),
    })
  })

  test('the wait that a service asks for', () => {
    const wait = (status: number, headers: Readonly<Record<string, string>>) => read(answer(status, '', headers), 1)
    expect(wait(503, { 'retry-after': '3' })).toMatchObject({ failure: 'transient', retryAfterMs: 3000 })
    expect(wait(429, { 'x-ratelimit-reset': '4' })).toMatchObject({ retryAfterMs: 4000 })
    // Some services send it with every answer.
    expect(wait(500, { 'x-ratelimit-reset': '3600' })).toMatchObject({ retryAfterMs: null })
  })

  test('a conflict of a key that is at work still is tried again', () => {
    expect(read(answer(409), 1, { idempotencyHeader: 'Idempotency-Key' })).toMatchObject({ failure: 'transient', mayHaveArrived: true })
  })

  test('a status that is a success by the settings', () => {
    expect(read(answer(409), 2, { success: [200, 409] })).toEqual({ kind: 'verdicts', rows: 2, exceptions: [] })
    expect(read(answer(201), 2, { success: [200, '202-204'] })).toMatchObject({ kind: 'failed', failure: 'config' })
  })

  test('an HTML page of an error is told as one', () => {
    expect(read(answer(502, '<html>'), 1)).toMatchObject({ reason: 'It answered 502: an HTML page' })
  })
})

describe('rules', () => {
  test('a value that is not there equals nothing', () => {
    expect(read(answer(200, {}), 1, { successWhen: { pointer: '/a', equals: [null] } })).toMatchObject({ kind: 'failed' })
    expect(read(answer(200, { a: null }), 1, { successWhen: { pointer: '/a', equals: [null] } })).toMatchObject({ kind: 'verdicts' })
    expect(read(answer(200, {}), 1, { successWhen: { pointer: '/error', exists: false } })).toMatchObject({ kind: 'verdicts' })
  })

  test('a pointer looks into lists, escapes and the whole', () => {
    expect(read(answer(200, [{ 'a/b~': 'x' }]), 1, { successWhen: { pointer: '/0/a~1b~0', equals: 'x' } })).toMatchObject({
      kind: 'verdicts',
    })
    expect(read(answer(200, '"done"'), 1, { successWhen: { pointer: '', equals: 'done' } })).toMatchObject({ kind: 'verdicts' })
    expect(read(answer(200, {}), 1, { successWhen: { pointer: '/constructor', exists: true } })).toMatchObject({ kind: 'failed' })
  })

  const all = { results: '', acceptedWhen: { pointer: '/id', exists: true }, code: '/code', reason: '/why' }

  test('results in the order of the rows, as the whole answer', () => {
    expect(read(answer(200, [{ id: 1 }, { code: 7, why: { a: 1 } }, {}]), 3, { verdicts: { ...all, retryCodes: ['7'] } })).toEqual({
      kind: 'verdicts',
      rows: 3,
      exceptions: [
        { row: 1, verdict: 'retry', code: '7', reason: '{"a":1}' },
        { row: 2, verdict: 'rejected', code: 'ROW_REJECTED', reason: '{}' },
      ],
    })
  })

  test('a row that has two results, or an index from 1', () => {
    const indexed = { ...all, index: '/n' }
    expect(read(answer(200, [{ n: 0, id: 1 }, { n: 0 }]), 2, { verdicts: indexed })).toMatchObject({
      reason: expect.stringContaining('two results for row 1'),
    })
    expect(read(answer(200, [{ n: '2', id: 1 }, { n: 1 }]), 2, { verdicts: { ...indexed, firstIndex: 1 } })).toMatchObject({
      exceptions: [{ row: 0 }],
    })
  })

  const errors = { results: '/errors', lists: 'errors', index: '/n', code: '/code', reason: '/why', retryCodes: ['busy'] }

  test('several errors of a row are one verdict, final where one of them is', () => {
    const body = {
      errors: [
        { n: 1, code: 'busy', why: 'a' },
        { n: 1, code: 'bad', why: 'b' },
        { n: 0, code: 'busy', why: 'c' },
      ],
    }
    expect(read(answer(200, body), 2, { verdicts: errors })).toMatchObject({
      exceptions: [
        { row: 0, verdict: 'retry', code: 'busy', reason: 'c' },
        { row: 1, verdict: 'rejected', code: 'bad', reason: 'a; b' },
      ],
    })
  })

  test('a list of errors may be missing only where something else proves the success', () => {
    expect(read(answer(200, { ok: true }), 2, { verdicts: errors })).toMatchObject({ kind: 'failed', code: 'ANSWER_INVALID' })
    expect(read(answer(200, { ok: true }), 2, { verdicts: errors, successWhen: { pointer: '/ok', equals: true } })).toMatchObject({
      kind: 'verdicts',
    })
  })

  test('an answer made to break what reads it is no verdict, quickly', () => {
    const deep = `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`
    expect(read(answer(200, deep, json), 1, { verdicts: all })).toMatchObject({
      kind: 'verdicts',
      exceptions: [{ reason: expect.stringContaining('too deeply') }],
    })
    const many = { errors: Array.from({ length: 100_000 }, () => ({ n: 0, why: 'x' })) }
    expect(read(answer(200, many), 1, { verdicts: errors })).toMatchObject({ exceptions: [{ row: 0 }] })
  })
})

/** Written anew for the test: rows that the answer accounts for as accepted, by the rules in words. */
function provenRows(body: unknown, rows: number, indexed: boolean): Set<number> {
  const results = (body as { results?: unknown } | null)?.results
  const proven = new Set<number>()
  if (Array.isArray(results)) {
    for (const [position, entry] of (results as ({ i?: unknown; s?: unknown } | null)[]).entries()) {
      const row = indexed ? Number(entry?.i) : position
      if (entry?.s === 'ok' && row >= 0 && row < rows) proven.add(row)
    }
  }
  return proven
}

describe('no answer makes more rows accepted than it accounts for', () => {
  const entry = fc.oneof(
    { weight: 8, arbitrary: fc.record({ i: fc.integer({ min: -1, max: 5 }), s: fc.constantFrom('ok', 'ok', 'ok', 'bad') }) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  )
  const right = fc
    .nat(4)
    .chain((rows) => fc.shuffledSubarray([0, 1, 2, 3, 4].slice(0, rows), { minLength: rows }))
    .chain((order) => fc.tuple(...order.map((i) => fc.record({ i: fc.constant(i), s: fc.constantFrom('ok', 'bad') }))))
  const body = fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 3, arbitrary: fc.record({ results: fc.oneof(fc.array(entry, { maxLength: 6 }), right) }) },
  )
  const status = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(200, 201, 202, 204, 207) },
    { weight: 1, arbitrary: fc.integer({ min: 100, max: 599 }) },
  )

  test('with a verdict per row', () => {
    let believed = 0
    fc.assert(
      fc.property(status, body, fc.nat(5), fc.boolean(), (code, value, rows, indexed) => {
        const verdicts = { results: '/results', acceptedWhen: { pointer: '/s', equals: 'ok' }, ...(indexed && { index: '/i' }) }
        const reading = read(answer(code, value, json), rows, { verdicts })
        if (reading.kind !== 'verdicts') return
        believed += 1
        expect(code >= 200 && code < 300).toBe(true)
        const excepted = new Set(reading.exceptions.map(({ row }) => row))
        expect(reading.rows).toBe(rows)
        expect(excepted.size).toBe(reading.exceptions.length)
        const accepted = Array.from({ length: rows }, (_, row) => row).filter((row) => !excepted.has(row))
        expect(accepted.filter((row) => !provenRows(value, rows, indexed).has(row))).toEqual([])
      }),
      { numRuns: 5000 },
    )
    expect(believed).toBeGreaterThan(100)
  })

  test('with a count', () => {
    fc.assert(
      fc.property(status, fc.oneof(fc.jsonValue(), fc.record({ n: fc.nat(5) })), fc.nat(5), (code, value, rows) => {
        const reading = read(answer(code, value, json), rows, { acceptedCount: '/n' })
        if (reading.kind === 'verdicts') expect(value).toMatchObject({ n: rows })
      }),
      { numRuns: 2000 },
    )
  })

  test('of any bytes and any rules, without a throw', () => {
    const rules = fc.constantFrom<SettingValues>(
      {},
      { acceptedCount: '/n' },
      { successWhen: { pointer: '', exists: true } },
      { verdicts: { results: '', lists: 'errors', index: '' } },
    )
    fc.assert(
      fc.property(
        status,
        fc.uint8Array({ maxLength: 50 }),
        fc.constantFrom('application/json', 'text/html', 'text/plain'),
        rules,
        (code, bytes, type, given) => {
          const reading = read({ status: code, headers: { 'content-type': type }, body: bytes, sentWhole: true }, 3, given)
          if (type === 'text/html' || code >= 300 || code < 200) expect(reading.kind).not.toBe('verdicts')
        },
      ),
    )
  })
})
