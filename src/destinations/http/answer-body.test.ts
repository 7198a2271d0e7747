import { expect, test } from 'vitest'
import { readAnswerBody } from './answer-body.ts'

const kind = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
  readAnswerBody({ headers, body: typeof body === 'string' ? Buffer.from(body) : body }).kind

test.each([
  ['<!DOCTYPE html><p>'],
  ['  <html lang="en">'],
  ['\ufeff<!-- a --> <!-- b -->\n<Head>'],
  ['<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">'],
])('a page is a page, whatever its type: %s', (body) => expect(kind(body, { 'content-type': 'application/json' })).toBe('html'))

test('a type of HTML is a page, whatever is in it', () => {
  expect(kind('{"ok":true}', { 'content-type': 'Text/HTML; charset=utf-8' })).toBe('html')
  expect(kind('', { 'content-type': 'application/xhtml+xml' })).toBe('html')
})

test('XML and text are no pages', () => {
  expect(kind('<headers><ok/></headers>')).toBe('other')
  expect(kind('OK')).toBe('other')
})

test('JSON is JSON without its type, with a byte order mark, and however deep', () => {
  expect(kind('\ufeff {"a":1}')).toBe('json')
  expect(kind(`${'['.repeat(400_000)}${']'.repeat(400_000)}`)).toBe('json')
})

test('what is cut, compressed or not UTF-8 is no JSON', () => {
  expect(kind('{"a":1')).toBe('other')
  expect(kind(Buffer.from([0x22, 0xff, 0x22]))).toBe('other')
  expect(kind('{"a":1}', { 'content-encoding': 'gzip' })).toBe('other')
})
