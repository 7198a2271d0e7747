import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { settingMeta } from '../contract/settings.ts'
import { settingsSchema } from './setting-schemas.ts'

const shape = {
  host: z.string().register(settingMeta, { title: 'Host', help: 'Where it is.' }),
  folder: z.string().default('/').register(settingMeta, { title: 'Folder', path: true }),
  fileName: z.string().register(settingMeta, { title: 'File name', layers: ['destination', 'template', 'orchestration'] }),
  existing: z.enum(['fail', 'replace']).register(settingMeta, { title: 'Existing files', layers: ['destination', 'orchestration'] }),
}

describe('settingsSchema', () => {
  it('carries what a form needs to know of each setting', () => {
    expect(settingsSchema(shape).properties).toMatchObject({
      host: { type: 'string', title: 'Host', help: 'Where it is.' },
      folder: { type: 'string', title: 'Folder', path: true, default: '/' },
      existing: { enum: ['fail', 'replace'], layers: ['destination', 'orchestration'] },
    })
  })

  it('requires only what no lower layer may set', () => {
    expect(settingsSchema(shape).required).toEqual(['host'])
  })

  it('shows for a layer what that layer may set', () => {
    expect(Object.keys(settingsSchema(shape, 'template').properties ?? {})).toEqual(['fileName'])
    expect(Object.keys(settingsSchema(shape, 'orchestration').properties ?? {})).toEqual(['fileName', 'existing'])
    expect(settingsSchema(shape, 'template')).not.toHaveProperty('required')
  })
})
