/** The embedded PostgreSQL with real processes: who starts it, who stops it, and what happens when any of them is killed. */
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { embeddedPaths } from '../src/store/embedded-postgres/paths.ts'
import { eventually } from './helpers/eventually.ts'
import { makeStranger, makeZombie } from './helpers/odd-processes.ts'
import { storeFolder } from './helpers/store-folder.ts'
import { killAll, postmasterOf, processesOf, supervisorOf } from './helpers/store-user.ts'

const canSeeProcesses = existsSync('/proc/self/cmdline')
const isRoot = process.getuid?.() === 0

const { place, user, readyUser, gone } = storeFolder()

describe.skipIf(!canSeeProcesses)('the embedded PostgreSQL (its processes are found in /proc)', { timeout: 90_000 }, () => {
  let dataDir: string

  beforeAll(async () => {
    dataDir = place('usual')
    await (await readyUser(dataDir)).end()
  })

  test('three first starts at once make one cluster and one server', async () => {
    const fresh = place('fresh')
    const three = [user(fresh), user(fresh), user(fresh)]
    expect(await Promise.all(three.map((one) => one.greeting))).toEqual(['ready', 'ready', 'ready'])
    expect(new Set(await Promise.all(three.map((one) => one.ask()))).size).toBe(1)
    await eventually(() => processesOf(fresh).filter(({ command }) => command.includes('supervisor.ts')).length === 1)
    for (const one of three) await one.end()
    await gone(fresh)
  })

  test('PostgreSQL stays for the last user and is gone soon after it', async () => {
    const [first, second] = [await readyUser(dataDir), await readyUser(dataDir)]
    const server = postmasterOf(dataDir)
    await first.end()
    expect(await second.ask()).toMatch(/^ins_/)
    expect(postmasterOf(dataDir)).toBe(server)
    await second.end()
    await gone(dataDir)
    expect(postmasterOf(dataDir)).toBe(null)
  })

  test('kill -9 of the only user ends supervisor and PostgreSQL', async () => {
    await (await readyUser(dataDir)).kill()
    await gone(dataDir)
    expect(postmasterOf(dataDir)).toBe(null)
  })

  test('after kill -9 of PostgreSQL a query of a living user succeeds', async () => {
    const living = await readyUser(dataDir)
    const id = await living.ask()
    for (let round = 0; round < 3; round += 1) {
      const server = postmasterOf(dataDir) ?? 0
      process.kill(server, 'SIGKILL')
      expect(await living.ask()).toBe(id)
      await eventually(() => ![server, null].includes(postmasterOf(dataDir)))
    }
  })

  test('after kill -9 of the supervisor a living user gets a new one, and its queries succeed', async () => {
    const living = await readyUser(dataDir)
    const id = await living.ask()
    const supervisor = supervisorOf(dataDir)
    process.kill(supervisor, 'SIGKILL')
    expect(await living.ask()).toBe(id)
    await eventually(() => processesOf(dataDir).some(({ pid, command }) => command.includes('supervisor.ts') && pid !== supervisor))
    expect(await living.ask()).toBe(id)
  })

  test('after kill -9 of all of them at once the next start works, with the same data', async () => {
    const first = await readyUser(dataDir)
    const id = await first.ask()
    const all = processesOf(dataDir)
    await first.kill()
    killAll(all)
    expect(await (await readyUser(dataDir)).ask()).toBe(id)
  })

  test('a server that nobody looks after is replaced', async () => {
    const first = await readyUser(dataDir)
    const server = postmasterOf(dataDir)
    // The supervisor, the wrapper and its watcher: everything but PostgreSQL, which stays as an orphan.
    const keepers = processesOf(dataDir).filter(({ pid }) => pid !== server)
    await first.kill()
    killAll(keepers)
    const second = await readyUser(dataDir)
    expect(postmasterOf(dataDir)).not.toBe(server)
    expect(await second.ask()).toMatch(/^ins_/)
  })

  test.each(['bin-', 'data.init-', 'data'])(
    'kill -9 of everybody during the first start, when %s appears, leaves nothing that is in the way',
    async (sign) => {
      const fresh = place(`killed-${sign}`)
      const first = user(fresh)
      const root = join(fresh, 'postgres')
      await eventually(
        () => existsSync(root) && readdirSync(root).some((name) => (sign.endsWith('-') ? name.startsWith(sign) : name === sign)),
      )
      const all = processesOf(fresh)
      await first.kill()
      killAll(all)
      expect(await (await readyUser(fresh)).ask()).toMatch(/^ins_/)
      expect(readdirSync(root).filter((name) => name.startsWith('data.init'))).toEqual([])
    },
  )

  test.each(['a zombie', 'a stranger'])('a postmaster.pid that names %s does not keep PostgreSQL from starting', async (kind) => {
    const first = await readyUser(dataDir)
    const file = join(dataDir, 'postgres', 'data', 'postmaster.pid')
    const content = readFileSync(file, 'utf8')
    const owner = statSync(file)
    await first.end()
    await gone(dataDir)
    const { pid, end } = await (kind === 'a zombie' ? makeZombie : makeStranger)(owner)
    writeFileSync(file, content.replace(/^\d+/, String(pid)), { mode: 0o600 })
    const lock = join(dataDir, 'postgres', 'run', '.s.PGSQL.5432.lock')
    writeFileSync(lock, content.replace(/^\d+/, String(pid)), { mode: 0o600 })
    expect(await (await readyUser(dataDir)).ask()).toMatch(/^ins_/)
    end()
  })

  test('a data directory whose path is too long for a socket works', async () => {
    const deep = place(...Array.from({ length: 4 }, (_, level) => `${level}-${'deep'.repeat(12)}`))
    const first = await readyUser(deep)
    expect(await first.ask()).toMatch(/^ins_/)
    expect(existsSync(join(deep, 'postgres', 'run'))).toBe(false)
    const { sockets } = embeddedPaths(deep, process.platform, process.getuid?.() ?? -1)
    expect(statSync(join(sockets, 'run')).mode & 0o777).toBe(0o700)
    await first.end()
    await gone(deep)
    rmSync(sockets, { recursive: true })
  })

  test('nobody else can read what PostgreSQL keeps', () => {
    const root = join(dataDir, 'postgres')
    for (const name of ['data', 'run']) expect(statSync(join(root, name)).mode & 0o777, name).toBe(0o700)
    for (const name of ['postgres.log', 'supervisor.lock']) expect(statSync(join(root, name)).mode & 0o777, name).toBe(0o600)
  })

  test.skipIf(!isRoot)(
    "a parent folder that PostgreSQL's user cannot enter, and neither root without its privileges, is named (needs root)",
    async () => {
      const closed = place('closed')
      mkdirSync(closed, { mode: 0o700 })
      chownSync(closed, 4321, 4321)
      expect(await user(join(closed, 'data')).greeting).toMatch(`DATA_DIR_UNUSABLE Segue runs as root and PostgreSQL as`)
      expect(await user(join(closed, 'data')).greeting).toContain(`who cannot enter ${closed}.`)
    },
  )

  test.skipIf(isRoot)('a folder that may not be written is named (needs an ordinary user)', async () => {
    const closed = place('closed')
    mkdirSync(closed, { mode: 0o500 })
    expect(await user(join(closed, 'data')).greeting).toBe(`DATA_DIR_UNUSABLE ${join(closed, 'data')}: this user may not write there.`)
  })
})
