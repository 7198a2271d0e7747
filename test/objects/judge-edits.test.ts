/** Judging is pure: a picture, edits, faults. Here for configurations that a version with other rules may have left. */
import { expect, test } from 'vitest'
import type { Specs } from '../../src/contract/objects.ts'
import type { Configured } from '../../src/objects/configured.ts'
import type { DesiredObject, Edit } from '../../src/objects/edits.ts'
import { judgeEdits } from '../../src/objects/judge-edits.ts'
import { pictureOf } from '../../src/objects/picture.ts'
import { noSecretChanges } from '../../src/objects/secret-changes.ts'
import { registry } from '../helpers/objects.ts'

const content = { database: 'db', sql: 'SELECT 1', parameters: {} }
const query = {
  id: 'q',
  kind: 'query',
  name: 'q',
  spec: { description: '', folder: '', labels: [], active: content, draft: null },
} satisfies Configured<'query'>
const database = {
  id: 'db',
  kind: 'database',
  name: 'db',
  spec: { description: '', type: 'duckdb', credential: null, settings: { path: '/x' } },
} satisfies Configured<'database'>
const destination = (settings: object): Configured<'destination'> => ({
  id: 'd',
  kind: 'destination',
  name: 'd',
  spec: { description: '', type: 'local', credential: null, settings: { folder: '/out', ...settings }, limits: {}, onUnknown: 'resend' },
})
const orchestration = (fields: Partial<Specs['orchestration']>): Configured<'orchestration'> => ({
  id: 'o',
  kind: 'orchestration',
  name: 'o',
  spec: {
    description: '',
    object: { kind: 'query', id: 'q' },
    parameters: {},
    destination: 'd',
    template: null,
    settings: {},
    enabled: true,
    delivery: { mode: 'full' },
    retry: { attempts: 5, within: '6h' },
    priority: 0,
    workflow: { mode: 'manual' },
    ...fields,
  },
})

function edit(before: Configured, after: Configured): Edit {
  const stored = { ...before, version: 1, managedBy: null, createdAt: new Date(0), updatedAt: new Date(0) }
  const desired: DesiredObject = { ...after, managedBy: null }
  return { action: 'change', before: stored, after: desired, secrets: noSecretChanges, at: '' }
}

function codes(objects: readonly Configured[], change: Edit): string[] {
  return judgeEdits(registry, pictureOf(objects), [change]).map(({ code, pointer }) => `${code} ${pointer}`)
}

test('a setting that two layers had set already does not stand in the way of another change', () => {
  const before = destination({ header: true })
  const objects = [database, query, before, orchestration({ settings: { header: false } })]
  expect(codes(objects, edit(before, destination({ header: true, createFolders: true })))).toEqual([])
  expect(codes(objects, edit(before, destination({ header: true, quote: 'all' })))).toEqual([])
})

test('a new conflict is told of beside an old one', () => {
  const before = destination({ header: true })
  const objects = [database, query, before, orchestration({ settings: { header: false, quote: 'all' } })]
  expect(codes(objects, edit(before, destination({ header: true, quote: 'all' })))).toEqual(['SETTING_IN_USE /settings/quote'])
})

test('an orchestration that was at fault already does not stand in the way of its destination', () => {
  const before = destination({})
  const objects = [database, query, before, orchestration({ parameters: { gone: 1 } })]
  expect(codes(objects, edit(before, destination({ createFolders: true })))).toEqual([])
})

test('an orchestration that is edited is judged whole', () => {
  const before = orchestration({ parameters: { gone: 1 } })
  expect(codes([database, query, destination({}), before], edit(before, orchestration({ parameters: { gone: 2 } })))).toEqual([
    'PARAMETER_INVALID /parameters/gone',
  ])
})
