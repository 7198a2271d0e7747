import { expect, test } from 'vitest'
import type { SettingValues } from '../../contract/settings.ts'
import { http } from './definition.ts'
import { checkHttpSettings } from './parse-settings.ts'

const url = 'https://api.example.com/rows'
const limits = (settings: SettingValues) => http.limits({ url, ...settings })

test('the limits that nobody set', () => {
  expect(limits({})).toEqual({
    batchRows: 500,
    batchBytes: 1_000_000,
    parallel: 4,
    requestsPerSecond: null,
    idempotent: false,
    requestMs: 15_000,
  })
})

test.each([
  ['url', 'ftp://x/', /http/],
  ['url', 'https://ann:pw@x/', /credential/],
  ['url', 'https://x/#top', /#/],
  ['url', 'https://x/a\nb', /control characters/],
  ['url', 'x', /must be a URL/],
  ['headers', { Host: 'x' }, /Host is set by Segue itself/],
  ['headers', { 'Transfer-Encoding': 'chunked' }, /set by Segue/],
  ['headers', { 'a b': 'x' }, /no name of a header/],
  ['headers', { a: 'x\r\nb: c' }, /one line/],
  ['headers', { a: '1', A: '2' }, /twice/],
  ['headers', { a: '{{ secret.tokn }}' }, /Did you mean "secret.token"/],
  ['headers', { Authorization: 'Bearer abc' }, /put it in the credential/],
  ['authHeader', 'content-length', /set by Segue/],
  ['body', '{{ rows', /exactly once/],
  ['success', ['100-299'], /range/],
  ['success', ['299-200'], /range/],
  ['success', [301], /redirect/],
  ['success', [401], /must not be one of/],
  ['refusedStatuses', [429], /must not be one of/],
  ['successWhen', { pointer: 'status', equals: 1 }, /JSON pointer/],
  ['verdicts', { results: '/r' }, /acceptedWhen: is needed/],
  ['verdicts', { results: '/r', lists: 'errors' }, /index: is needed|verdicts\/index: is needed/],
  ['verdicts', { results: '/r', acceptedWhen: { pointer: '/s', equals: 1 }, retryCodes: ['x'] }, /code: is needed/],
  ['totalSeconds', 16, /15/],
  ['parallel', 33, /32/],
])('a wrong %s is refused: %j', (name, value, reason) => {
  expect(() => limits({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'SETTING_INVALID', detail: expect.stringMatching(reason) }),
  )
})

test.each([
  [{ authHeader: 'X-Key' }, 'authHeader'],
  [{ auth: 'bearer', headers: { authorization: '{{ secret.key }}' } }, 'headers'],
  [{ auth: 'header', headers: { 'x-api-KEY': 'x' } }, 'headers'],
  [{ headers: { 'Idempotency-Key': 'x' }, idempotencyHeader: 'idempotency-key' }, 'idempotencyHeader'],
  [{ auth: 'header', authHeader: 'X-Key', idempotencyHeader: 'x-key' }, 'idempotencyHeader'],
  [{ format: 'ndjson', body: '[{{ rows }}]' }, 'body'],
  [{ batchRows: 2, body: '{{ row }}' }, 'batchRows'],
])('settings that do not go together are refused, in a layer without a URL too: %j', (settings, name) => {
  for (const check of [() => checkHttpSettings(settings), () => limits(settings)]) {
    expect(check).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', errors: [{ pointer: `/${name}`, message: expect.any(String) }] }),
    )
  }
})

test('a refused secret of a URL is not repeated', () => {
  expect(() => limits({ url: 'https://ann:hunter2@x/' })).toThrow(
    expect.objectContaining({ detail: expect.not.stringContaining('hunter2') }),
  )
})

test('the samples are right', () => {
  expect(http.limits(http.samples.settings)).toMatchObject({ batchRows: 500 })
})
