import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { layers, settingMeta, type SettingsLayer } from '../contract/settings.ts'
import { checkLayer, resolveSettings } from './layering.ts'

const shape = {
  folder: z.string().min(1).register(settingMeta, { title: 'Folder' }),
  delimiter: z.string().length(1).optional().register(settingMeta, { title: 'Delimiter', layers }),
  header: z.boolean().default(true).register(settingMeta, { title: 'Header', layers }),
  compression: z.literal('none').optional().register(settingMeta, { title: 'Compression', layers, later: true }),
}
const destination = (values: SettingsLayer['values']): SettingsLayer => ({
  layer: 'destination',
  holder: 'destination partner-drop',
  values,
})
const template = (values: SettingsLayer['values']): SettingsLayer => ({ layer: 'template', holder: 'template partner-csv', values })
const orchestration = (values: SettingsLayer['values']): SettingsLayer => ({
  layer: 'orchestration',
  holder: 'orchestration daily',
  values,
})

describe('resolveSettings', () => {
  it('says who set what, and gives defaults to the rest', () => {
    const resolved = resolveSettings(shape, [
      destination({ folder: '/in' }),
      template({ delimiter: '|' }),
      orchestration({ header: false }),
    ])
    expect(Object.fromEntries(resolved)).toEqual({
      folder: { value: '/in', setBy: 'destination partner-drop', layer: 'destination' },
      delimiter: { value: '|', setBy: 'template partner-csv', layer: 'template' },
      header: { value: false, setBy: 'orchestration daily', layer: 'orchestration' },
    })
    expect(resolveSettings(shape, [destination({ folder: '/in' })]).get('header')).toEqual({ value: true, setBy: null, layer: null })
  })

  it('refuses a value that an upper layer has fixed, even the same one, naming both holders', () => {
    expect(() => resolveSettings(shape, [destination({ folder: '/in', delimiter: ';' }), orchestration({ delimiter: ';' })])).toThrow(
      expect.objectContaining({
        code: 'SETTING_FIXED',
        detail: 'The setting "delimiter" is fixed by destination partner-drop; orchestration daily must leave it out.',
      }),
    )
  })

  it('refuses what is missing, unknown or wrong, naming it', () => {
    expect(() => resolveSettings(shape, [])).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', detail: expect.stringContaining('"folder" is required') }),
    )
    expect(() => resolveSettings(shape, [destination({ folder: '/in' }), template({ delimeter: ';' })])).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_FIELD', detail: expect.stringMatching(/template partner-csv.*"delimiter"/) }),
    )
    expect(() => resolveSettings(shape, [destination({ folder: '/in' }), template({ delimiter: 7 })])).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', detail: expect.stringMatching(/^template partner-csv: The setting "delimiter"/) }),
    )
    expect(() => resolveSettings(shape, [destination({ folder: '/in', constructor: 1 })])).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_FIELD' }),
    )
  })
})

describe('checkLayer', () => {
  it('finds nothing wrong with values of the layer, and does not ask for others', () => {
    expect(checkLayer(shape, 'template', { delimiter: ';', header: true, compression: 'none' })).toEqual([])
    expect(checkLayer(shape, 'orchestration', {})).toEqual([])
  })

  it('names unknown settings with the nearest one, settings of other layers, wrong values and later ones', () => {
    expect(checkLayer(shape, 'template', { delimeter: ';', 'a/b~': 1, folder: '/x', header: 'yes', compression: 'gzip' })).toEqual([
      { pointer: '/delimeter', code: 'UNKNOWN_FIELD', message: 'There is no setting "delimeter". Did you mean "delimiter"?' },
      { pointer: '/a~1b~0', code: 'UNKNOWN_FIELD', message: 'There is no setting "a/b~".' },
      { pointer: '/folder', code: 'INVALID', message: 'The setting "folder" is not set on the template, but on the destination.' },
      { pointer: '/header', code: 'INVALID', message: expect.stringMatching(/^The setting "header": .*boolean/) },
      { pointer: '/compression', code: 'NOT_AVAILABLE', message: 'This version does not have the setting "compression" "gzip" yet.' },
    ])
  })
})
