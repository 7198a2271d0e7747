import { z } from 'zod'
import { defineDatabase } from '../../src/contract/database.ts'
import { defineFileDestination } from '../../src/contract/destination.ts'
import type { Registry } from '../../src/contract/registry.ts'
import { settingMeta } from '../../src/contract/settings.ts'

const never = () => Promise.reject(new Error('the stand-in connects to nothing'))
const everyLayer = ['destination', 'template', 'orchestration'] as const
const format = z
  .enum(['csv', 'parquet'])
  .default('csv')
  .register(settingMeta, { title: 'Format', help: 'How rows are written.', layers: everyLayer })
const fileName = z.string().register(settingMeta, { title: 'File name', layers: everyLayer })

/** One connector of each family, which declares settings and connects to nothing. */
export const standInRegistry: Registry = {
  databases: new Map([
    [
      'memory',
      defineDatabase({
        type: 'memory',
        title: 'Memory',
        summary: 'Rows that are not there.',
        settings: { path: z.string().register(settingMeta, { title: 'Path', path: true }) },
        credential: null,
        capabilities: { onOneMachine: true },
        preload: () => Promise.resolve(),
        open: never,
        samples: { settings: { path: '/data' } },
      }),
    ],
  ]),
  destinations: new Map([
    [
      'drop',
      defineFileDestination({
        type: 'drop',
        title: 'Drop',
        summary: 'A box that nobody empties.',
        settings: { host: z.string().register(settingMeta, { title: 'Host' }), format, fileName },
        credential: z.object({ user: z.string(), password: z.string() }),
        capabilities: { modes: ['full'], commitsAtomically: true, onOneMachine: false, runs: 2, commitMs: 60_000, blockBytes: 1024 },
        check: never,
        open: never,
        samples: { settings: { host: 'drop.example' } },
      }),
    ],
  ]),
  templates: new Map([
    ['file', { type: 'file', title: 'File', summary: 'How files look.', serves: { kind: 'file' }, settings: { format, fileName } }],
  ]),
}
