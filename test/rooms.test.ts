/** The check of rooms is only worth something if it fails: each test plants one violation in a copy of src/. */
import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readImportGraph } from '../scripts/import-graph.ts'
import { roomViolations } from '../scripts/room-violations.ts'

const project = resolve(import.meta.dirname, '..')
let copy: string
let planted: string[] = []

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'segue-rooms-'))
  await cp(join(project, 'src'), join(copy, 'src'), { recursive: true })
  await cp(join(project, 'package.json'), join(copy, 'package.json'))
})

afterEach(async () => {
  for (const name of planted) await rm(join(copy, name))
  planted = []
})

afterAll(() => rm(copy, { recursive: true, force: true }))

/** What the check says of the planted files. */
async function plant(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(copy, name)), { recursive: true })
    await writeFile(join(copy, name), text, { flag: 'wx' })
    planted.push(name)
  }
  return roomViolations(await readImportGraph(copy)).filter((violation) => violation.includes('planted'))
}

describe('the check of rooms', () => {
  test('has nothing against the tree as it is', async () => {
    expect(roomViolations(await readImportGraph(copy))).toEqual([])
  })

  test('reports a value that is imported from a forbidden room', async () => {
    const violations = await plant({
      'src/objects/planted-value.ts': 'export const planted = 1\n',
      'src/contract/planted.ts': "import { planted } from '../objects/planted-value.ts'\nexport const copy = planted\n",
    })
    expect(violations).toEqual(['src/contract/planted.ts imports src/objects/planted-value.ts: contract may import nothing'])
  })

  test('reports a type that is imported from a forbidden room', async () => {
    const violations = await plant({
      'src/engine/planted-type.ts': 'export interface Planted { readonly x: 1 }\n',
      'src/store/planted.ts': "import type { Planted } from '../engine/planted-type.ts'\nexport type Copy = Planted\n",
    })
    expect(violations).toEqual(['src/store/planted.ts imports src/engine/planted-type.ts: store may import contract'])
  })

  test('reports a dynamic import of a forbidden room', async () => {
    const violations = await plant({
      'src/engine/planted-value.ts': 'export const planted = 1\n',
      'src/net/planted.ts': "export const load = () => import('../engine/planted-value.ts')\n",
    })
    expect(violations).toEqual(['src/net/planted.ts imports src/engine/planted-value.ts: net may import contract'])
  })

  test.each(['destinations', 'databases'])('reports one connector of %s that imports another', async (room) => {
    const violations = await plant({
      [`src/${room}/planted-a/part.ts`]: 'export const part = 1\n',
      [`src/${room}/planted-b/definition.ts`]: "import { part } from '../planted-a/part.ts'\nexport const copy = part\n",
    })
    expect(violations).toEqual([
      `src/${room}/planted-b/definition.ts imports src/${room}/planted-a/part.ts: the connector planted-b may not import the connector planted-a`,
    ])
  })

  test('lets the reader import the registry of databases and nothing else of them', async () => {
    const violations = await plant({
      'src/databases/planted/definition.ts': 'export const definition = 1\n',
      'src/reader/planted.ts':
        "import { databaseTypes } from '../databases/registry.ts'\nimport { definition } from '../databases/planted/definition.ts'\nexport const both = [databaseTypes, definition]\n",
    })
    expect(violations).toEqual([
      'src/reader/planted.ts imports src/databases/planted/definition.ts: reader may import contract, templates, files, databases/registry.ts',
    ])
  })

  test('reports a circle of two files of one room', async () => {
    const violations = await plant({
      'src/net/planted-a.ts': "import { b } from './planted-b.ts'\nexport const a = () => b\n",
      'src/net/planted-b.ts': "import { a } from './planted-a.ts'\nexport const b = () => a\n",
    })
    expect(violations.join()).toMatch(/circle: src\/net\/planted-a\.ts -> src\/net\/planted-b\.ts -> src\/net\/planted-a\.ts/)
  })

  test('reports an import that leads nowhere', async () => {
    const violations = await plant({ 'src/net/planted.ts': "export { gone } from './gone.ts'\n" })
    expect(violations).toEqual(['src/net/planted.ts imports ./gone.ts: there is no such file or package'])
  })

  test('reports a room that is not in the table', async () => {
    const violations = await plant({ 'src/attic/planted.ts': "import type { Net } from '../contract/net.ts'\nexport type Copy = Net\n" })
    expect(violations).toEqual(['src/attic/planted.ts imports src/contract/net.ts: the room attic is not in the table'])
  })

  test('reports a development package in the product', async () => {
    const violations = await plant({ 'src/net/planted.ts': "import { test } from 'vitest'\nexport const copy = test\n" })
    expect(violations.join()).toMatch(/src\/net\/planted\.ts imports vitest: it is in devDependencies/)
  })

  test('reports a file that it cannot parse, rather than that all is well', async () => {
    const violations = await plant({ 'src/net/planted.ts': "import { a } from '../engine/service.ts'\nexport const = a a a\n" })
    expect(violations).toEqual(['src/net/planted.ts does not parse, so that its imports are not known'])
  })

  test('reports that it saw no file at all', () => {
    expect(roomViolations({ files: 0, imports: [], unread: [] })).toEqual(['no file of src/ was read'])
  })

  test('reads the newest syntax too: a `using` declaration hides no import', async () => {
    const violations = await plant({
      'src/net/planted.ts':
        "import type { Engine } from '../engine/service.ts'\nexport async function planted(open: () => AsyncDisposable & Engine): Promise<void> {\n  await using engine = open()\n  void (engine satisfies Engine)\n}\n",
    })
    expect(violations).toEqual(['src/net/planted.ts imports src/engine/service.ts: net may import contract'])
  })

  test('leaves tests alone: they may import from anywhere', async () => {
    const violations = await plant({
      'src/objects/planted-value.ts': 'export const planted = 1\n',
      'src/contract/planted.test.ts': "import { planted } from '../objects/planted-value.ts'\nexport const copy = planted\n",
    })
    expect(violations).toEqual([])
  })
})
