/** What every file destination promises, tried on each of them: docs of the promises are in contract/destination.ts. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FileDestination, FileTarget, FileUpload } from '../../src/contract/destination.ts'
import { destinationTypes } from '../../src/destinations/registry.ts'
import { destinationContext } from '../helpers/destination-context.ts'
import { fileFixtures, type FilePlace } from './file-destination-fixtures.ts'

test('every file destination has a place where it is tried', () => {
  const types = [...destinationTypes.values()].filter((definition) => definition.kind === 'file').map((definition) => definition.type)
  expect(types.filter((type) => !fileFixtures.some((fixture) => fixture.type === type))).toEqual([])
})

/** As the engine does: into the file itself where that is offered, else block by block. */
async function send(upload: FileUpload, bytes: Uint8Array, blockBytes = 100_000): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += blockBytes) {
    const block = bytes.subarray(offset, offset + blockBytes)
    await (upload.localPath === undefined ? upload.write(block) : appendFile(upload.localPath, block))
  }
}

const target = (name: string): FileTarget => {
  const slash = name.lastIndexOf('/') + 1
  return { name, temporaryName: `${name.slice(0, slash)}.${name.slice(slash)}.run_1.1.part` }
}

/** Stages a file and leaves it at that. */
async function stage(destination: FileDestination, to: FileTarget, bytes: Uint8Array): Promise<void> {
  const upload = await destination.begin(to)
  await send(upload, bytes)
  await upload.stage({ bytes: bytes.length })
}

/** SHA-256 of a file as another program reads it. */
async function digestByCat(path: string): Promise<string> {
  const hash = createHash('sha256')
  const cat = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] })
  cat.stdout.on('data', (chunk: Buffer) => hash.update(chunk))
  await once(cat, 'close')
  return hash.digest('hex')
}

for (const fixture of fileFixtures) {
  const title = fixture.available ? fixture.name : `${fixture.name} (not on this machine)`
  describe.skipIf(!fixture.available)(title, () => {
    let place: FilePlace
    const open: FileDestination[] = []
    const known = destinationTypes.get(fixture.type)
    const definition = known?.kind === 'file' ? known : undefined

    const connect = async (signal = new AbortController().signal): Promise<FileDestination> => {
      if (definition === undefined) throw new Error(`${fixture.type} is not registered`)
      const destination = await definition.open(destinationContext({ settings: place.settings, secrets: place.secrets, signal }))
      open.push(destination)
      return destination
    }
    const names = () => readdirSync(place.folder, { recursive: true, encoding: 'utf8' }).sort()
    const content = (name: string) => readFileSync(join(place.folder, name), 'utf8')

    beforeAll(async () => {
      place = await fixture.start()
    })
    afterEach(async () => {
      await Promise.all(open.splice(0).map((destination) => destination.close()))
      for (const name of readdirSync(place.folder)) rmSync(join(place.folder, name), { recursive: true })
    })
    afterAll(() => place[Symbol.asyncDispose]())

    test('the connection test says what it saw and leaves nothing', async () => {
      const result = await definition?.check(destinationContext({ settings: place.settings, secrets: place.secrets }))
      expect(result?.summary).toContain(place.folder)
      expect(names()).toEqual([])
    })

    test('a file is not visible under its final name until it is published', async () => {
      const destination = await connect()
      const to = target('report.csv')
      const upload = await destination.begin(to)
      for (let block = 0; block < 5; block++) {
        await send(upload, randomBytes(300_000))
        expect(names()).toEqual([to.temporaryName])
      }
      await upload.stage({ bytes: 1_500_000 })
      expect(names()).toEqual([to.temporaryName])
      await destination.publish(to, 'fail')
      expect(names()).toEqual(['report.csv'])
    })

    test('an aborted upload leaves no file', async () => {
      const destination = await connect()
      const upload = await destination.begin(target('report.csv'))
      await send(upload, randomBytes(500_000))
      await upload.abort()
      expect(names()).toEqual([])
      const second = await destination.begin(target('report.csv'))
      await second.abort()
      await second.abort()
      expect(names()).toEqual([])
    })

    test('with fail, a file of somebody else stays, and so does ours', async () => {
      const destination = await connect()
      writeFileSync(join(place.folder, 'report.csv'), 'theirs')
      await stage(destination, target('report.csv'), Buffer.from('ours'))
      await expect(destination.publish(target('report.csv'), 'fail')).rejects.toMatchObject({ code: 'FILE_EXISTS' })
      expect(content('report.csv')).toBe('theirs')
      expect(content(target('report.csv').temporaryName)).toBe('ours')
    })

    test('with fail, two that publish at once do not both get the name', async () => {
      const [one, other] = [await connect(), await connect()]
      const [first, second] = [target('report.csv'), { name: 'report.csv', temporaryName: '.report.csv.run_2.1.part' }]
      await Promise.all([stage(one, first, Buffer.from('first')), stage(other, second, Buffer.from('second'))])
      const outcomes = await Promise.allSettled([one.publish(first, 'fail'), other.publish(second, 'fail')])
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
      expect(content('report.csv')).toBe(outcomes[0].status === 'fulfilled' ? 'first' : 'second')
    })

    test('with replace, the new file takes the place of the old one', async () => {
      const destination = await connect()
      writeFileSync(join(place.folder, 'report.csv'), 'an older and longer file')
      await stage(destination, target('report.csv'), Buffer.from('new'))
      await destination.publish(target('report.csv'), 'replace')
      expect(names()).toEqual(['report.csv'])
      expect(content('report.csv')).toBe('new')
    })

    test('with replace, a first file is simply there', async () => {
      const destination = await connect()
      await stage(destination, target('report.csv'), Buffer.from('new'))
      await destination.publish(target('report.csv'), 'replace')
      expect(content('report.csv')).toBe('new')
    })

    test('a file whose temporary one is gone is not published, and the old one stays', async () => {
      const destination = await connect()
      writeFileSync(join(place.folder, 'report.csv'), 'old')
      await expect(destination.publish(target('report.csv'), 'replace')).rejects.toMatchObject({ code: 'DESTINATION_FAILED' })
      expect(content('report.csv')).toBe('old')
    })

    test('a file of another size than expected is not staged', async () => {
      const destination = await connect()
      const upload = await destination.begin(target('report.csv'))
      await send(upload, Buffer.from('12345'))
      await expect(upload.stage({ bytes: 6 })).rejects.toMatchObject({ code: 'SIZE_MISMATCH', detail: expect.stringContaining('5') })
      await upload.abort()
      expect(names()).toEqual([])
    })

    test('folders that are part of a name are made', async () => {
      const destination = await connect()
      await stage(destination, target('2026/11/report.csv'), Buffer.from('in'))
      await destination.publish(target('2026/11/report.csv'), 'fail')
      expect(content('2026/11/report.csv')).toBe('in')
    })

    test.each([
      '../out.csv',
      'a/../../out.csv',
      '/tmp/out.csv',
      'a//out.csv',
      './out.csv',
      '',
      '..',
      'a\0b',
      'a\\..\\out.csv',
      'line\nbreak',
    ])('the name %j is refused everywhere', async (name) => {
      const destination = await connect()
      const good = target('report.csv')
      const refused = expect.objectContaining({ code: 'FILE_NAME_INVALID' })
      await expect(destination.begin({ ...good, name })).rejects.toEqual(refused)
      await expect(destination.begin({ ...good, temporaryName: name })).rejects.toEqual(refused)
      await stage(destination, good, Buffer.from('x'))
      for (const existing of ['fail', 'replace'] as const) {
        await expect(destination.publish({ ...good, name }, existing)).rejects.toEqual(refused)
      }
      await expect(destination.stat(name)).rejects.toEqual(refused)
      await expect(destination.discard(name)).rejects.toEqual(refused)
    })

    test('names in any script arrive as they are', async () => {
      const destination = await connect()
      const name = 'Ünïcødé (報告) نص.csv'
      await stage(destination, target(name), Buffer.from('x'))
      await destination.publish(target(name), 'fail')
      expect(names()).toEqual([name])
      expect(await destination.stat(name)).toEqual({ bytes: 1 })
    })

    test('an empty file arrives', async () => {
      const destination = await connect()
      await stage(destination, target('empty.csv'), Buffer.alloc(0))
      await destination.publish(target('empty.csv'), 'fail')
      expect(await destination.stat('empty.csv')).toEqual({ bytes: 0 })
    })

    test('a big file arrives byte by byte', async () => {
      const destination = await connect()
      const bytes = randomBytes(64 * 1024 * 1024)
      const upload = await destination.begin(target('big.bin'))
      await send(upload, bytes, definition?.capabilities.blockBytes)
      await upload.stage({ bytes: bytes.length })
      await destination.publish(target('big.bin'), 'fail')
      expect(await digestByCat(join(place.folder, 'big.bin'))).toBe(createHash('sha256').update(bytes).digest('hex'))
    })

    test('blocks of any sizes make the same file, and a block may be used again at once', async () => {
      const destination = await connect()
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 6 }), async (sizes) => {
          const upload = await destination.begin(target('blocks.bin'))
          const sent: Buffer[] = []
          for (const size of sizes) {
            const block = randomBytes(size)
            sent.push(Buffer.from(block))
            await send(upload, block, Infinity)
            block.fill(0)
          }
          const whole = Buffer.concat(sent)
          await upload.stage({ bytes: whole.length })
          await destination.publish(target('blocks.bin'), 'replace')
          expect(readFileSync(join(place.folder, 'blocks.bin')).equals(whole)).toBe(true)
        }),
        { numRuns: 15 },
      )
    })

    test('several files may be on their way at once', async () => {
      const destination = await connect()
      const files = [1, 2, 3].map((number) => ({ to: target(`file-${number}.bin`), bytes: randomBytes(2_000_000 + number) }))
      await Promise.all(files.map(({ to, bytes }) => stage(destination, to, bytes)))
      for (const { to } of files) await destination.publish(to, 'fail')
      for (const { to, bytes } of files) expect(readFileSync(join(place.folder, to.name)).equals(bytes)).toBe(true)
    })

    test('a temporary name that is taken is refused', async () => {
      const destination = await connect()
      await stage(destination, target('report.csv'), Buffer.from('first'))
      await expect(destination.begin(target('report.csv'))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
      expect(content(target('report.csv').temporaryName)).toBe('first')
    })

    test('discard removes a temporary file, and does nothing where it is gone', async () => {
      const destination = await connect()
      await stage(destination, target('sub/report.csv'), Buffer.from('x'))
      await destination.discard(target('sub/report.csv').temporaryName)
      await destination.discard(target('sub/report.csv').temporaryName)
      await destination.discard('never/there/.x.part')
      expect(names()).toEqual(['sub'])
    })

    test('a file that one connection staged is published by another', async () => {
      const first = await connect()
      await stage(first, target('a/report.csv'), Buffer.from('whole'))
      await first.close()
      const second = await connect()
      await second.publish(target('a/report.csv'), 'fail')
      expect(content('a/report.csv')).toBe('whole')
    })

    test('stat tells the size of a file, and null where there is none', async () => {
      const destination = await connect()
      writeFileSync(join(place.folder, 'there.csv'), '12345')
      mkdirSync(join(place.folder, 'folder'))
      expect(await destination.stat('there.csv')).toEqual({ bytes: 5 })
      expect(await destination.stat('not-there.csv')).toBeNull()
      expect(await destination.stat('no/folder/x.csv')).toBeNull()
      expect(await destination.stat('folder')).toBeNull()
    })

    test('an abort signal ends the upload with its reason, and another connection can clean up', async () => {
      const controller = new AbortController()
      const destination = await connect(controller.signal)
      const upload = await destination.begin(target('report.csv'))
      await send(upload, randomBytes(200_000))
      const reason = new Error('cancelled by a person')
      controller.abort(reason)
      await expect(upload.write(randomBytes(10))).rejects.toBe(reason)
      await expect(upload.stage({ bytes: 200_010 })).rejects.toBe(reason)
      await expect(destination.publish(target('report.csv'), 'replace')).rejects.toBe(reason)
      await upload.abort()
      await (await connect()).discard(target('report.csv').temporaryName)
      expect(names()).toEqual([])
    })

    test('an aborted signal opens nothing', async () => {
      const reason = new Error('too late')
      const outcome = await connect(AbortSignal.abort(reason))
        .then(
          (destination) => destination.begin(target('report.csv')),
          (error: unknown) => Promise.reject(error),
        )
        .then(
          () => null,
          (error: unknown) => error,
        )
      expect(outcome).toBe(reason)
      expect(existsSync(join(place.folder, target('report.csv').temporaryName))).toBe(false)
    })

    test('a missing folder is named, and made where that is set', async () => {
      const folder = join(place.folder, 'not', 'there')
      const context = (createFolders: boolean) =>
        destinationContext({ settings: { ...place.settings, folder, createFolders }, secrets: place.secrets })
      await expect(definition?.check(context(false))).rejects.toMatchObject({
        code: 'FOLDER_MISSING',
        detail: expect.stringContaining(folder),
      })
      expect(names()).toEqual([])
      await definition?.check(context(true))
      expect(names()).toEqual(['not', 'not/there'])
    })
  })
}
