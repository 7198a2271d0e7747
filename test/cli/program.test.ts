import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { segue, segueProgram, startSegue } from '../helpers/segue-command.ts'

const execute = promisify(execFile)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-bin-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A folder for PATH with a `node` of that version. */
async function pathWithNode(version: string): Promise<string> {
  const bin = join(folder, `node ${version}`)
  await mkdir(bin, { recursive: true })
  await writeFile(
    join(bin, 'node'),
    `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\necho "ran with ${version}"\nprintf '<%s>' "$@"\n`,
    { mode: 0o755 },
  )
  return bin
}

describe('bin/segue', () => {
  test('takes the node on PATH where it is new enough, with every argument as it is', async () => {
    const { stdout } = await segue(['a b', '', '*', '--x="y"', 'é\n2'], {
      env: { PATH: `${await pathWithNode('v24.12.0')}:/usr/bin:/bin` },
    })
    expect(stdout).toContain('ran with v24.12.0')
    expect(stdout).toContain('<a b><><*><--x="y"><é\n2>')
  })

  test.each(['v24.11.9', 'v20.20.2', 'v9.0.0', 'not a version'])('passes over a node on PATH that says %s', async (version) => {
    const { stdout, stderr } = await segue(['--version'], { env: { PATH: `${await pathWithNode(version)}:/usr/bin:/bin` } })
    expect(stdout).not.toContain('ran with')
    // With the Node that npm installs beside Segue, which it does on Linux; elsewhere with a sentence about what to do.
    if (process.platform !== 'linux') expect(stderr).toMatch(/needs Node 24\.12 or newer; the node on PATH is: .*\n {2}Next: run `npm ci`/)
    else expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test.each(['v24.12.0', 'v24.100.3', 'v25.0.0', 'v100.1.0'])('takes %s', async (version) => {
    const { stdout } = await segue([], { env: { PATH: `${await pathWithNode(version)}:/usr/bin:/bin` } })
    expect(stdout).toContain(`ran with ${version}`)
  })

  test('works through links, relative and absolute, from any folder', async () => {
    const elsewhere = join(folder, 'else where')
    await mkdir(elsewhere, { recursive: true })
    await symlink(segueProgram, join(elsewhere, 'first'))
    await symlink('first', join(elsewhere, 'second link'))
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, CDPATH: '/' }
    const { stdout } = await execute('./second link', ['--version'], { cwd: elsewhere, env })
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('usage', () => {
  test.each([
    ['an unknown command', ['rnu'], /unknown command 'rnu'/],
    ['an unknown option', ['runs', '--stat', 'failed'], /unknown option '--stat'/],
    ['a missing argument', ['run'], /missing required argument/],
    ['a missing file', ['apply'], /--file/],
    ['a value of the wrong form', ['query', 'q', '--param', 'x'], /NAME=VALUE/],
    ['a name and --sql', ['query', 'q', '--sql', 'SELECT 1'], /not both/],
    ['--sql without a database', ['query', '--sql', 'SELECT 1'], /--database/],
    ['no command', [], /No command/],
    ['a part without what became of it', ['runs', 'resolve', 'x', '--part', 'p'], /--as <outcome>/],
    ['another outcome of a part', ['runs', 'resolve', 'x', '--part', 'p', '--as', 'lost'], /sent, resend/],
    ['no part to resolve', ['runs', 'resolve', 'x', '--as', 'sent'], /--part <part>/],
    ['rows of one reason in a file of all', ['rejects', 'x', '--code', 'c', '--format', 'csv'], /--code/],
    ['rejected rows that are sent again and written', ['rejects', 'x', '--retry', '--format', 'csv'], /--retry/],
    ['an output without a format', ['rejects', 'x', '--output', 'f'], /--format/],
    ['force without an output', ['rejects', 'x', '--format', 'csv', '--force'], /--output/],
    ['waiting for nothing', ['rejects', 'x', '--wait'], /--retry/],
  ])('%s ends with 2, and with --json is a problem document', async (_what, args, detail) => {
    const result = await segue([...args, '--json'])
    expect(result.code).toBe(2)
    expect(result.json()).toMatchObject({ code: 'USAGE', detail: expect.stringMatching(detail), fix: expect.any(String) })
    expect((await segue(args)).stdout).toBe('')
  })

  test('a mistyped command is told the one that was meant', async () => {
    expect((await segue(['aply'])).stderr).toContain('Did you mean apply?')
  })

  test.each([['worker'], ['plan-run', 'x'], ['find', 'key'], ['forget', 'key'], ['keys', 'rotate'], ['backup'], ['restore']])(
    '%s of a later version says so',
    async (...args) => {
      const result = await segue([...args, '--json'])
      expect(result.code).toBe(6)
      expect(result.json()).toMatchObject({ code: 'NOT_AVAILABLE' })
    },
  )

  test('help and version are results', async () => {
    const help = await segue(['--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('segue [options] [command]')
    expect(help.stdout).not.toContain('worker')
    expect((await segue(['runs', '--help', '--json'])).json()).toMatchObject({ help: expect.stringContaining('cancel') })
  })
})

describe('a server that is not there', () => {
  test('ends with 10 and says which address', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => free.once('listening', resolve))
    const { port } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    const result = await segue(['runs', '--json'], { env: { SEGUE_URL: `http://127.0.0.1:${port}` } })
    expect(result.code).toBe(10)
    expect(result.json()).toMatchObject({ code: 'SERVER_UNREACHABLE', detail: expect.stringContaining(`127.0.0.1:${port}`) })
  })

  test('is no other program that answers there', async () => {
    const other = createServer((_request, response) => response.end('<html>')).listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    try {
      const result = await segue(['runs'], { env: { SEGUE_URL: `http://127.0.0.1:${(other.address() as AddressInfo).port}` } })
      expect(result.code).toBe(10)
      expect(result.stderr).toContain('does not speak like Segue')
    } finally {
      other.close()
    }
  })

  test('Ctrl-C ends a command that waits for an answer', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const silent = createServer(() => resolve()).listen(0, '127.0.0.1')
    await new Promise((done) => silent.once('listening', done))
    try {
      const { child, result } = startSegue(['runs', '--json'], {
        env: { SEGUE_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` },
      })
      await asked
      child.kill('SIGINT')
      expect(await result).toMatchObject({ code: 130 })
    } finally {
      silent.closeAllConnections()
      silent.close()
    }
  })
})

test('a variable that is not right ends with 6 and is named', async () => {
  const result = await segue(['runs', '--json'], { env: { SEGUE_URL: 'nonsense' } })
  expect(result.code).toBe(6)
  expect(result.json()).toMatchObject({ code: 'INVALID', errors: [{ pointer: '/SEGUE_URL' }] })
})
