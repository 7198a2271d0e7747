import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkFileNameTemplate, renderFileName, temporaryName, usesRows, type FileNameValues } from './file-name.ts'

const values: FileNameValues = {
  now: new Date('2024-03-05T23:04:05.678Z'),
  orchestration: 'brazil to partner',
  object: 'customers',
  table: 'invoice',
  runId: 'run_1',
  rows: 5,
  fileNumber: 1,
  parameters: { country: 'Brazil', missing: null, folder: '../secret', since: '2024-01-02T10:00:00Z', person: "O'Brien" },
}
const nameOf = (template: string): string => renderFileName(template, values).name
const refused = (detail: RegExp): unknown => expect.objectContaining({ code: 'FILE_NAME_INVALID', detail: expect.stringMatching(detail) })

describe('renderFileName', () => {
  it.each([
    ["customers_{{ now | format: 'yyyy-MM-dd' }}.csv", 'customers_2024-03-05.csv'],
    ["{{now|format:'MM-dd-yyyy'}}.csv", '03-05-2024.csv'],
    ["{{ now | local: 'America/Los_Angeles' | format: 'MM-dd-yyyy HHmmss' }}.csv", '03-05-2024 150405.csv'],
    ["{{ now | local: 'Asia/Tokyo' | format: 'yyyy-MM-dd' }}.csv", '2024-03-06.csv'],
    ["{{ now | next_day | format: 'yyyy/MM/dd' }}/{{ table }}.csv", '2024/03/06/invoice.csv'],
    ["{{ next_day | format: 'd MMM yy h a' }}.csv", '6 Mar 24 11 PM.csv'],
    ['{{ now | format: "yyyy\'T\'HHmmssSSS" }}', '2024T230405678'],
    ['{{ file_number }}_{{ file_number | width: 3 }}.csv', '0000001_001.csv'],
    ['{{ orchestration }}/{{ object }}_{{ table }}_{{ run_id }}_{{ rows }}.csv', 'brazil to partner/customers_invoice_run_1_5.csv'],
    ["{{ country | upcase }}_{{ since | format: 'yyyyMMdd' }}_{{ missing | default: 'all' }}.csv", 'BRAZIL_20240102_all.csv'],
    ['{{ person | file_safe }}.csv', 'O_Brien.csv'],
    ['{% if table != object %}{{ table }}{% else %}x{% endif %}.csv', 'invoice.csv'],
    ['cafe\u0301 你好 (1).csv', 'caf\u00e9 你好 (1).csv'],
  ])('renders %s', (template, name) => {
    expect(nameOf(template)).toBe(name)
    expect(checkFileNameTemplate(template)).toEqual([])
  })

  it('reads YYYY and DD as year and day of the month, and says so', () => {
    const { name, warnings } = renderFileName("{{ now | format: 'YYYY-MM-DD' }}.csv", values)
    expect(name).toBe('2024-03-05.csv')
    expect(warnings).toEqual([expect.stringContaining('YYYY'), expect.stringContaining('DD')])
  })

  it('warns of minutes where a month was meant', () => {
    expect(renderFileName("{{ now | format: 'yyyy-mm-dd' }}.csv", values).warnings).toEqual([expect.stringContaining('months are MM')])
    expect(renderFileName("{{ now | format: 'yyyyMMdd HHmmss' }}.csv", values).warnings).toEqual([])
  })

  it.each([
    ['{{ contry }}.csv', /undefined variable: contry\. Did you mean "country"\?/],
    ['{{ missing }}.csv', /missing \(null\)/],
    ['{{ folder }}.csv', /"\.\.\/secret" has a slash/],
    ['{{ person }}.csv', /"O'Brien\.csv" has "'"/],
    ['{{ now }}.csv', /printed with a format/],
    ["{{ now | format: 'ww' }}.csv", /"ww", which is not known/],
    ["{{ now | local: 'Mars/Base' | format: 'HH' }}", /time zone "Mars\/Base"/],
    ["{{ country | format: 'yyyy' }}", /"Brazil" is no date/],
  ])('refuses %s, naming what is wrong', (template, detail) => {
    expect(() => nameOf(template)).toThrow(refused(detail))
  })

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '../a',
    'a/../b',
    './a',
    'a:b',
    'a\\b',
    'a\tb',
    'a\nb',
    'a*',
    'a\u0000',
    'a\u202Eb',
    'con',
    'CON.csv',
    'x/lpt1.txt',
    ' a',
    'a ',
    'a.',
    '.a.part',
    'x'.repeat(201),
    'é'.repeat(101),
    '\uE000',
    "{{ 'a' ",
    "{{ now | date: '%Y' }}",
    "{% include 'x' %}",
    "{% render 'x' %}",
    '{% for i in (1..9) %}x{% endfor %}',
    '{{ now | nosuch }}',
    '{{ now.constructor }}',
    '{{ object.constructor.name }}',
    "{{ object['constructor'] }}",
    '{{ object.__proto__ }}',
    "{{ 'a/b' }}",
  ])('refuses the template %j', (template) => {
    expect(() => nameOf(template)).toThrow(refused(/^The file[- ]name/))
    expect(checkFileNameTemplate(template)).toHaveLength(1)
  })

  it("keeps the engine's own mark for folders out of values", () => {
    expect(() => renderFileName('{{ object }}.csv', { ...values, object: 'a\uE000b' })).toThrow(refused(/U\+FFFD|"\uFFFD"/))
    expect(() => renderFileName('{{ country }}.csv', { ...values, parameters: { country: '..\uE000b' } })).toThrow(
      refused(/U\+FFFD|"\uFFFD"/),
    )
  })

  it('never leaves the folder, whatever is in the values', () => {
    const safe = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\p{L}\p{M}\p{Nd} ._()-]+(?:\/[\p{L}\p{M}\p{Nd} ._()-]+)*$/u
    const anything = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('..', '/', '../..', '\uE000', 'a/b', '.', 'CON'))
    fc.assert(
      fc.property(anything, anything, (object, table) => {
        try {
          expect(renderFileName("{{ object }}/{{ now | format: 'yyyy' }}{{ table }}", { ...values, object, table }).name).toMatch(safe)
        } catch (error) {
          expect(error).toMatchObject({ code: 'FILE_NAME_INVALID' })
        }
        const { name } = renderFileName('x{{ object | file_safe }}x{{ table | file_safe }}x', {
          ...values,
          object: object.slice(0, 40),
          table: table.slice(0, 20),
        })
        expect(name).toMatch(safe)
        expect(name).not.toContain('/')
      }),
    )
  })
})

describe('checkFileNameTemplate', () => {
  it('takes any name for a parameter unless it is told which there are', () => {
    expect(checkFileNameTemplate('{{ contry }}.csv')).toEqual([])
    expect(checkFileNameTemplate('{{ contry }}.csv', ['country'])).toEqual([
      { pointer: '/fileName', message: expect.stringContaining('Did you mean "country"?') },
    ])
  })
})

describe('usesRows', () => {
  it('tells whether the name is known only after rendering', () => {
    expect(usesRows('a_{{ rows }}.csv')).toBe(true)
    expect(usesRows('{% if country %}{{ rows | width: 3 }}{% endif %}')).toBe(true)
    expect(usesRows('rows_{{ object }}.csv')).toBe(false)
  })
})

describe('temporaryName', () => {
  it('is hidden, beside the final name, with run and epoch', () => {
    expect(temporaryName('a/b.csv', 'run_x', 3)).toBe('a/.b.csv.run_x.3.part')
    expect(temporaryName('b.csv', 'run_x', '3-12')).toBe('.b.csv.run_x.3-12.part')
  })

  it('keeps to 255 bytes, and keeps long names apart', () => {
    const run = `run_${'0'.repeat(32)}`
    const [one, other] = ['a', 'b'].map((last) => temporaryName(`f/${'é'.repeat(99)}${last}x`, run, 1_000_000_000_000))
    for (const name of [one, other]) {
      expect(Buffer.byteLength(name?.slice(2) ?? '')).toBeLessThanOrEqual(255)
      expect(name).toMatch(/^f\/\.é+.*\.1000000000000\.part$/)
    }
    expect(one).not.toBe(other)
  })
})
