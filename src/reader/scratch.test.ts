import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeScratch, removeStaleScratch } from './scratch.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'segue-scratch-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('removes what a dead process of this machine left, and nothing else', async () => {
  const alive = basename(await makeScratch(root))
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const dead = alive.replace(String(process.pid), String(pid))
  const elsewhere = dead.replace(/-(?=[^-]+$)/, 'x-')
  for (const name of [dead, elsewhere, 'compiled']) await mkdir(join(root, name))
  await writeFile(join(root, dead, 'spilled'), 'x')
  await removeStaleScratch(root)
  expect((await readdir(root)).toSorted()).toEqual([alive, elsewhere, 'compiled'].toSorted())
})

test('does not mind a root that is not there yet', async () => {
  await expect(removeStaleScratch(join(root, 'none'))).resolves.toBeUndefined()
})
