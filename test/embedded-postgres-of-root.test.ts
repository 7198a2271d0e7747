/** The embedded PostgreSQL of root where no other user reaches the data directory: PostgreSQL runs in a user namespace. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './helpers/eventually.ts'
import { makeZombie } from './helpers/odd-processes.ts'
import { storeFolder } from './helpers/store-folder.ts'
import { killAll, postmasterOf, processesOf, supervisorOf } from './helpers/store-user.ts'

const unshare = ['--user', '--map-user=65534', '--map-group=65534', '--', 'true']
const hasNamespaces = process.getuid?.() === 0 && spawnSync('unshare', unshare).status === 0
const { place, readyUser, gone } = storeFolder()

describe.skipIf(!hasNamespaces)(
  'below a folder that only root can enter (needs root, and unshare of util-linux)',
  { timeout: 90_000 },
  () => {
    let dataDir: string
    const uidsOf = (pid: number): string => /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''

    beforeAll(() => {
      const closed = place('of-root')
      mkdirSync(closed, { mode: 0o700 })
      dataDir = join(closed, 'data')
    })

    test('the first command starts PostgreSQL, the second joins it, and it is gone soon after both', async () => {
      const first = await readyUser(dataDir)
      const id = await first.ask()
      const server = postmasterOf(dataDir)
      const second = await readyUser(dataDir)
      expect(await second.ask()).toBe(id)
      expect(postmasterOf(dataDir)).toBe(server)
      await first.end()
      await second.end()
      await gone(dataDir)
      expect(postmasterOf(dataDir)).toBe(null)
      expect(await (await readyUser(dataDir)).ask()).toBe(id)
    })

    test("all files are root's and closed to others, and PostgreSQL has none of root's privileges", async () => {
      await readyUser(dataDir)
      const root = join(dataDir, 'postgres')
      for (const name of ['data', 'data/PG_VERSION', 'data/pg_hba.conf', 'data/postmaster.pid', 'run', 'run/.s.PGSQL.5432']) {
        const { uid, gid, mode } = statSync(join(root, name))
        expect([name, uid, gid, mode & 0o077]).toEqual([name, 0, 0, 0])
      }
      const server = postmasterOf(dataDir) ?? 0
      expect(uidsOf(server)).toBe('0\t0\t0\t0')
      expect(readFileSync(`/proc/${server}/uid_map`, 'utf8').trim()).toMatch(/^65534\s+0\s+1$/)
      expect(readFileSync(`/proc/${server}/status`, 'utf8')).toMatch(/^CapEff:\s+0+$/m)
    })

    test('after kill -9 of PostgreSQL a query of a living user succeeds', async () => {
      const living = await readyUser(dataDir)
      const id = await living.ask()
      const server = postmasterOf(dataDir) ?? 0
      process.kill(server, 'SIGKILL')
      expect(await living.ask()).toBe(id)
      await eventually(() => ![server, null].includes(postmasterOf(dataDir)))
    })

    test('kill -9 of the only user, or of its supervisor, ends PostgreSQL', async () => {
      await (await readyUser(dataDir)).kill()
      await gone(dataDir)
      expect(postmasterOf(dataDir)).toBe(null)
      const second = await readyUser(dataDir)
      const supervisor = supervisorOf(dataDir)
      await second.kill()
      process.kill(supervisor, 'SIGKILL')
      await gone(dataDir)
      expect(postmasterOf(dataDir)).toBe(null)
    })

    test('a server that nobody looks after is replaced', async () => {
      const first = await readyUser(dataDir)
      const id = await first.ask()
      const server = postmasterOf(dataDir)
      const keepers = processesOf(dataDir).filter(({ pid }) => pid !== server)
      await first.kill()
      killAll(keepers)
      const second = await readyUser(dataDir)
      expect(postmasterOf(dataDir)).not.toBe(server)
      expect(await second.ask()).toBe(id)
    })

    test('a postmaster.pid that names a zombie does not keep PostgreSQL from starting', async () => {
      const first = await readyUser(dataDir)
      const id = await first.ask()
      const file = join(dataDir, 'postgres', 'data', 'postmaster.pid')
      const content = readFileSync(file, 'utf8')
      await first.end()
      await gone(dataDir)
      const { pid, end } = await makeZombie({ uid: 0, gid: 0 })
      for (const path of [file, join(dataDir, 'postgres', 'run', '.s.PGSQL.5432.lock')])
        writeFileSync(path, content.replace(/^\d+/, String(pid)), { mode: 0o600 })
      expect(await (await readyUser(dataDir)).ask()).toBe(id)
      end()
    })

    test('data that was made there is run by root also when others can reach it later', async () => {
      const first = await readyUser(dataDir)
      const id = await first.ask()
      await first.end()
      await gone(dataDir)
      chmodSync(place('of-root'), 0o755)
      expect(await (await readyUser(dataDir)).ask()).toBe(id)
      expect(uidsOf(postmasterOf(dataDir) ?? 0)).toBe('0\t0\t0\t0')
    })
  },
)
