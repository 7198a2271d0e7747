/**
 * SFTP: a ready file of 600 MB through our upload (connect, read from disk, write, fsync, check of the size, rename) against OpenSSH's own
 * `sftp` putting the same file on the same server, with the cipher that we use; it neither syncs nor checks. SHA-256 is in neither.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DestinationContext } from '../src/contract/destination.ts'
import { sftp } from '../src/destinations/sftp/definition.ts'
import { sshNativeCipher } from '../src/destinations/sftp/ssh2-inside.ts'
import { createNet } from '../src/net/net.ts'
import { hasSshd, startSshd, type Sshd } from '../test/helpers/sshd.ts'
import { benchFolder } from './bench-data.ts'
import type { BenchRow } from './bench-row.ts'
import { startEven, measurePairs } from './pairs.ts'
import { watchMemory } from './process-memory.ts'

const bytes = 600_000_000
const cipher = 'aes128-gcm@openssh.com'
const run = promisify(execFile)

/** The one row of this file. `runs` is how often each side is measured, in turn; figures are medians. Throws where sshd is missing. */
export async function benchTransfer({ runs }: { readonly runs: number }): Promise<BenchRow[]> {
  if (!hasSshd) throw new Error('sftp-upload cannot be measured: sshd is not installed (Debian: apt-get install openssh-server)')
  const file = await readyFile()
  await using server = await startSshd()
  process.stderr.write(`sftp-upload: ssh2 ${sshNativeCipher() ? 'with' : 'without'} its native cipher\n`)
  const memory = watchMemory()
  await ourSeconds(server, file)
  const peakMemoryMB = memory.stop()
  await run('cmp', [file, join(server.folder, 'ours.bin')])
  const figures = await measurePairs(runs, {
    floor: async () => bytes / 1e6 / (await theirSeconds(server, file)),
    ours: async () => bytes / 1e6 / (await ourSeconds(server, file)),
  })
  return [{ name: 'sftp-upload', unit: 'MB/s', ...figures, gate: 0.8, peakMemoryMB }]
}

async function readyFile(): Promise<string> {
  const file = join(benchFolder(), 'transfer.bin')
  if (existsSync(file) && (await stat(file)).size === bytes) return file
  await mkdir(benchFolder(), { recursive: true })
  await using handle = await open(`${file}.unfinished`, 'w')
  for (let written = 0; written < bytes; written += 1_000_000) await handle.write(randomBytes(1_000_000))
  await rename(`${file}.unfinished`, file)
  return file
}

async function ourSeconds(server: Sshd, file: string): Promise<number> {
  await startEven(join(server.folder, 'ours.bin'))
  const started = performance.now()
  const destination = await sftp.open(contextOf(server))
  const target = { name: 'ours.bin', temporaryName: '.ours.bin.part' }
  const upload = await destination.begin(target)
  {
    await using input = await open(file)
    const block = Buffer.allocUnsafe(sftp.capabilities.blockBytes)
    for (;;) {
      const { bytesRead } = await input.read(block)
      if (bytesRead === 0) break
      await upload.write(block.subarray(0, bytesRead))
    }
  }
  await upload.stage({ bytes })
  await destination.publish(target, 'replace')
  await destination.close()
  return (performance.now() - started) / 1000
}

async function theirSeconds(server: Sshd, file: string): Promise<number> {
  const to = join(server.folder, 'theirs.bin')
  const batch = join(server.folder, 'batch')
  await writeFile(batch, `put ${file} ${to}\n`)
  await startEven(to)
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].flatMap((option) => ['-o', option])
  const place = ['-P', String(server.port), '-i', server.privateKeyFile, `${server.user}@${server.host}`]
  const started = performance.now()
  await run('sftp', ['-q', '-b', batch, '-c', cipher, ...options, ...place])
  return (performance.now() - started) / 1000
}

function contextOf(server: Sshd): DestinationContext {
  const { host, port, folder, user, privateKey, hostKeys } = server
  return {
    settings: { host, port, folder, hostKey: hostKeys.ed25519 },
    secrets: { user, privateKey },
    net: createNet({ allow: [], store: null }),
    clock: () => new Date(),
    signal: new AbortController().signal,
    remembered: {},
    remember: async () => {},
  }
}
