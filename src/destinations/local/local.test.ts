import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { destinationContext } from '../../../test/helpers/destination-context.ts'
import { canMount, mountSmallDisk } from '../../../test/helpers/small-disk.ts'
import { local } from './definition.ts'

let folder = ''
let outside = ''
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'segue-local-')))
  outside = realpathSync(mkdtempSync(join(tmpdir(), 'segue-outside-')))
})
afterEach(() => [folder, outside].forEach((path) => rmSync(path, { recursive: true })))

const open = (settings: Record<string, unknown>) => local.open(destinationContext({ settings }))
const to = { name: 'in/report.csv', temporaryName: 'in/.report.csv.run_1.1.part' }

test('a symbolic link that leads out of the folder is not followed', async () => {
  symlinkSync(outside, join(folder, 'in'))
  writeFileSync(join(outside, 'report.csv'), 'theirs')
  writeFileSync(join(outside, '.report.csv.run_1.1.part'), 'theirs')
  const destination = await open({ folder })
  const refused = expect.objectContaining({ code: 'PERMISSION_DENIED', detail: expect.stringContaining(join(folder, 'in')) })
  await expect(destination.begin(to)).rejects.toEqual(refused)
  await expect(destination.publish(to, 'replace')).rejects.toEqual(refused)
  await expect(destination.discard(to.temporaryName)).rejects.toEqual(refused)
  await expect(destination.stat(to.name)).rejects.toEqual(refused)
  expect(readdirSync(outside).sort()).toEqual(['.report.csv.run_1.1.part', 'report.csv'])
})

test('a symbolic link to another place in the folder is followed', async () => {
  mkdirSync(join(folder, 'real'))
  symlinkSync(join(folder, 'real'), join(folder, 'in'))
  const destination = await open({ folder })
  const upload = await destination.begin(to)
  await upload.write(Buffer.from('x'))
  await upload.stage({ bytes: 1 })
  await destination.publish(to, 'fail')
  expect(readdirSync(join(folder, 'real'))).toEqual(['report.csv'])
})

test('a symbolic link under the temporary name is not written through', async () => {
  writeFileSync(join(outside, 'precious'), 'theirs')
  symlinkSync(join(outside, 'precious'), join(folder, '.report.csv.part'))
  const destination = await open({ folder })
  await expect(destination.begin({ name: 'report.csv', temporaryName: '.report.csv.part' })).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('theirs')
})

test('the umask of the process says who may read the file', async () => {
  const before = process.umask(0o027)
  try {
    const upload = await (await open({ folder })).begin(to)
    expect((statSync(upload.localPath ?? '').mode & 0o777).toString(8)).toBe('640')
    await upload.abort()
  } finally {
    process.umask(before)
  }
})

test('a publish that was interrupted between its two steps is completed', async () => {
  const destination = await open({ folder })
  const upload = await destination.begin(to)
  await upload.write(Buffer.from('whole'))
  await upload.stage({ bytes: 5 })
  linkSync(join(folder, to.temporaryName), join(folder, to.name))
  await destination.publish(to, 'fail')
  expect(readdirSync(join(folder, 'in'))).toEqual(['report.csv'])
})

test('a file that a renderer put in the place of the temporary one is the one that counts', async () => {
  const destination = await open({ folder })
  const upload = await destination.begin(to)
  rmSync(upload.localPath ?? '')
  writeFileSync(upload.localPath ?? '', 'rendered')
  await upload.stage({ bytes: 8 })
  await destination.publish(to, 'fail')
  expect(readFileSync(join(folder, to.name), 'utf8')).toBe('rendered')
})

test('a folder of the final name is not replaced', async () => {
  mkdirSync(join(folder, to.name), { recursive: true })
  const destination = await open({ folder })
  const upload = await destination.begin(to)
  await upload.stage({ bytes: 0 })
  await expect(destination.publish(to, 'replace')).rejects.toMatchObject({
    code: 'DESTINATION_FAILED',
    detail: expect.stringContaining(to.name),
  })
  await expect(destination.publish(to, 'fail')).rejects.toMatchObject({ code: 'FILE_EXISTS' })
})

test.skipIf(!existsSync('/sys/kernel'))('a folder that may not be written is named', async () => {
  await expect(local.check(destinationContext({ settings: { folder: '/sys/kernel' } }))).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    detail: expect.stringContaining('/sys/kernel'),
  })
})

test('a folder that is to be made and is a file is named as that', async () => {
  writeFileSync(join(outside, 'file'), 'theirs')
  await expect(open({ folder: join(outside, 'file'), createFolders: true })).rejects.toMatchObject({
    code: 'SETTING_INVALID',
    detail: expect.stringContaining('is a file'),
  })
})

test('a relative folder is refused, since it would depend on where Segue was started', async () => {
  await expect(open({ folder: 'out' })).rejects.toMatchObject({ code: 'SETTING_INVALID', detail: expect.stringContaining('out') })
})

test.skipIf(!canMount)(`a full disk is named, and nothing is left on it${canMount ? '' : ' (may not mount here)'}`, async () => {
  using disk = mountSmallDisk()
  const destination = await open({ folder: disk.folder })
  const upload = await destination.begin({ name: 'big.csv', temporaryName: '.big.csv.part' })
  const full = expect.objectContaining({ code: 'DISK_FULL', detail: expect.stringContaining('.big.csv.part') })
  await expect(upload.write(Buffer.alloc(8 * 1024 * 1024))).rejects.toEqual(full)
  await upload.abort()
  expect(readdirSync(disk.folder)).toEqual([])
})
