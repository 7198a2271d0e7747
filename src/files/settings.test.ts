import { describe, expect, it } from 'vitest'
import { settingMeta } from '../contract/settings.ts'
import { fileSettings, laterFileSettings, parseFileSettings } from './settings.ts'

describe('parseFileSettings', () => {
  it('completes what is left open, by format and quotes', () => {
    expect(parseFileSettings({})).toEqual({
      format: 'csv',
      delimiter: ',',
      header: true,
      headerQuote: 'needed',
      quote: 'needed',
      escape: '"',
      nullText: '',
      lineEnding: 'lf',
      fileName:
        "{{ object | file_safe }}{% if table != object %}_{{ table | file_safe }}{% endif %}_{{ now | format: 'yyyy-MM-dd_HHmmss' }}.csv",
      existing: 'replace',
      emptyResult: 'send',
    })
    expect(parseFileSettings({ format: 'tsv' }).delimiter).toBe('\t')
    expect(parseFileSettings({ format: 'psv' }).delimiter).toBe('|')
    expect(parseFileSettings({ format: 'psv', delimiter: '|' }).delimiter).toBe('|')
    for (const [quote, headerQuote] of [
      ['all', 'all'],
      ['non_null', 'all'],
      ['non_numeric', 'all'],
      ['needed', 'needed'],
      ['none', 'none'],
    ]) {
      expect(parseFileSettings({ quote }).headerQuote).toBe(headerQuote)
    }
  })

  it("leaves a destination's own settings alone", () => {
    expect(parseFileSettings({ folder: '/x', host: 'h', format: 'ndjson' }).format).toBe('ndjson')
  })

  it.each(['é', '→', '', ',,', '"', '\n', '\0', 'a', '1'])(
    'refuses the delimiter %j, which crashes the engine or cuts values',
    (delimiter) => {
      expect(() => parseFileSettings({ delimiter })).toThrow(
        expect.objectContaining({ code: 'SETTING_INVALID', detail: expect.stringContaining('`delimiter`') }),
      )
    },
  )

  it.each(['é', '', 'n', '0', '-', '\t', ' ', '\\\\'])('refuses the escape %j', (escape) => {
    expect(() => parseFileSettings({ escape })).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }))
  })

  it.each([
    [{ format: 'parquet', delimiter: ';' }, 'delimiter', 'format'],
    [{ format: 'parquet', lineEnding: 'lf' }, 'lineEnding', 'format'],
    [{ format: 'ndjson', header: true }, 'header', 'format'],
    [{ format: 'ndjson', nullText: '' }, 'nullText', 'format'],
    [{ format: 'tsv', delimiter: ',' }, 'delimiter', 'format'],
    [{ header: false, headerQuote: 'all' }, 'headerQuote', 'header'],
    [{ quote: 'none', escape: '"' }, 'escape', 'quote'],
    [{ delimiter: '|', escape: '|' }, 'escape', 'delimiter'],
    [{ nullText: 'a,b' }, 'nullText', 'delimiter'],
    [{ quote: 'none', escape: '\\', nullText: '\\\\' }, 'nullText', 'escape'],
  ])('refuses %j, naming both settings', (values, one, other) => {
    expect(() => parseFileSettings(values)).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        detail: expect.stringMatching(new RegExp(`\`${one}\` .* \`${other}\``)),
        errors: [expect.objectContaining({ pointer: `/${one}` })],
      }),
    )
  })

  it('refuses settings of later versions by name, but for the value that changes nothing', () => {
    expect([...laterFileSettings].toSorted()).toEqual([
      'compression',
      'controlFile',
      'encoding',
      'encryption',
      'formulaGuard',
      'rowNumber',
      'sort',
      'split',
      'successFile',
    ])
    expect(
      parseFileSettings({ compression: 'none', encoding: 'utf-8', encryption: 'none', formulaGuard: 'off', rowNumber: false }).format,
    ).toBe('csv')
    for (const name of laterFileSettings) {
      expect(() => parseFileSettings({ [name]: 'gzip' })).toThrow(
        expect.objectContaining({ code: 'NOT_AVAILABLE', detail: expect.stringContaining(`\`${name}\``) }),
      )
    }
  })

  it('declares every setting with a title, for all three layers', () => {
    for (const schema of Object.values(fileSettings)) {
      expect(settingMeta.get(schema)).toMatchObject({ title: expect.any(String), layers: ['destination', 'template', 'orchestration'] })
    }
  })
})
