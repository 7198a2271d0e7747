import { expect, test } from 'vitest'
import { SegueError } from './contract/errors.ts'
import { parseEnvironment } from './environment.ts'
import type { Environment } from './environment.ts'

function parse(env: Record<string, string>): { environment: Environment; warnings: string[] } {
  const warnings: string[] = []
  return { environment: parseEnvironment(env, (text) => warnings.push(text)), warnings }
}

function failure(env: Record<string, string>): SegueError {
  try {
    parse(env)
  } catch (error) {
    if (error instanceof SegueError) return error
    throw error
  }
  throw new Error('it was taken')
}

test('nothing set means the defaults', () => {
  const { environment, warnings } = parse({ HOME: '/home/x' })
  expect(environment).toEqual({
    dataDir: undefined,
    databaseUrl: undefined,
    listen: '127.0.0.1:4400',
    spool: undefined,
    url: undefined,
    memoryBytes: 1_000_000_000,
    allowHosts: [],
  })
  expect(warnings).toEqual([])
})

test('an empty variable is one that is not set', () => {
  expect(parse({ SEGUE_URL: '', SEGUE_TLS_CERT: '' }).environment.url).toBeUndefined()
})

test.each([
  ['512MB', 512_000_000],
  ['2GB', 2_000_000_000],
  ['1.5gb', 1_500_000_000],
  ['1GiB', 1_073_741_824],
])('a memory limit of %s is %d bytes', (text, bytes) => {
  expect(parse({ SEGUE_MEMORY_LIMIT: text }).environment.memoryBytes).toBe(bytes)
})

test.each([
  ['SEGUE_MEMORY_LIMIT', 'plenty'],
  ['SEGUE_MEMORY_LIMIT', '77'],
  ['SEGUE_MEMORY_LIMIT', '1MB'],
  ['SEGUE_URL', 'localhost:4400'],
  ['SEGUE_DATABASE_URL', 'mysql://secret@x'],
])('%s=%s is refused by name, without its value', (name, value) => {
  const error = failure({ [name]: value })
  expect(error).toMatchObject({ code: 'INVALID', errors: [{ pointer: `/${name}` }] })
  expect(`${error.message}${error.errors[0]?.message}`).not.toContain(value)
})

test('the address of a server has no slash at its end', () => {
  expect(parse({ SEGUE_URL: 'http://127.0.0.1:4400/' }).environment.url).toBe('http://127.0.0.1:4400')
})

test('a variable that nobody knows is a warning with the name that was meant', () => {
  expect(parse({ SEGUE_DATADIR: '/x' }).warnings).toEqual([
    'SEGUE_DATADIR is not a setting of Segue and is ignored. Did you mean "SEGUE_DATA_DIR"?',
  ])
})

test('a variable of a later version stops the program: a limit is not passed over in silence', () => {
  expect(failure({ SEGUE_LOCAL_ROOTS: '/srv' })).toMatchObject({ code: 'NOT_AVAILABLE' })
})

test('hosts that are allowed are read, and an entry at fault is named', () => {
  expect(parse({ SEGUE_ALLOW_HOSTS: 'crm.internal:8443, *.corp.example' }).environment.allowHosts).toEqual([
    { name: 'crm.internal', below: false, port: 8443 },
    { name: 'corp.example', below: true, port: null },
  ])
  expect(failure({ SEGUE_ALLOW_HOSTS: '10.0.0.0/8 10.0.0.0/33', SEGUE_URL: 'nowhere' })).toMatchObject({
    code: 'INVALID',
    errors: [{ pointer: '/SEGUE_URL' }, { pointer: '/SEGUE_ALLOW_HOSTS', message: expect.stringContaining('"10.0.0.0/33"') }],
  })
})
