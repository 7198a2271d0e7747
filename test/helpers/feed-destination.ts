import { z } from 'zod'
import { defineRecordDestination } from '../../src/contract/destination.ts'
import { SegueError } from '../../src/contract/errors.ts'
import { settingMeta } from '../../src/contract/settings.ts'

const never = () => Promise.reject(new Error('the stand-in connects to nothing'))
const everyLayer = ['destination', 'template', 'orchestration'] as const

const settings = {
  address: z.string().register(settingMeta, { title: 'Address' }),
  shape: z.enum(['one', 'many']).default('many').register(settingMeta, { title: 'Shape', layers: everyLayer }),
  batchRows: z.number().int().min(1).default(100).register(settingMeta, { title: 'Rows in a batch', layers: everyLayer }),
  rowsField: z
    .string()
    .optional()
    .register(settingMeta, { title: 'Field of the rows', layers: ['destination', 'template'] }),
  event: z.string().register(settingMeta, { title: 'Name of the event', layers: ['template', 'orchestration'] }),
  // Not the setting of files: any text is right.
  fileName: z
    .string()
    .optional()
    .register(settingMeta, { title: 'Name of the upload', layers: ['orchestration'] }),
}

/** A record destination that declares settings and connects to nothing. */
export const feedDestination = defineRecordDestination({
  type: 'feed',
  title: 'Feed',
  summary: 'Takes rows in batches.',
  settings,
  laterSettings: ['signature'],
  credential: null,
  capabilities: { modes: ['append'], onOneMachine: false, runs: 1 },
  limits: (values) => {
    const { shape, batchRows } = z.object(settings).parse(values)
    if (shape === 'one' && batchRows > 1)
      throw new SegueError('SETTING_INVALID', `\`batchRows\` is ${batchRows}, but one row is sent at a time.`, {
        errors: [{ pointer: '/batchRows', message: 'must be 1' }],
      })
    return { batchRows, batchBytes: 1_000_000, parallel: 1, requestsPerSecond: null, idempotent: false, requestMs: 15_000 }
  },
  check: never,
  open: never,
  samples: { settings: { address: 'https://feed.example', event: 'seen' } },
})
