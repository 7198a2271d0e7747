import { describe, expect, it } from 'vitest'
import { readDelimited, type Dialect, type Field } from '../helpers/csv-reader.ts'
import { fileRenderer } from '../helpers/render-file.ts'

const files = fileRenderer()

const nasty = [
  "O'Brien",
  '',
  'NULL',
  '\\N',
  'a"b',
  '"',
  '""',
  'a,b',
  'a|b',
  'a\tb',
  'line\nbreak',
  'carriage\rreturn',
  'both\r\n',
  ' blank ',
  '#comment',
  '\\',
  'a\\',
  '\\"',
  "'",
  ';--',
  'é',
  '你好',
  '👩‍🚀',
  '=1+1',
  '\u0000',
  'null',
  '-',
  '0',
]

function table(values: readonly string[]): string {
  const rows = values.map(
    (value, index) => `(${index}, ${[...value].map((character) => `chr(${character.codePointAt(0)})`).join(' || ') || "''"})`,
  )
  return `SELECT n, v FROM (VALUES ${rows.join(', ')}, (${values.length}, NULL)) t(n, v)`
}

const quotes = ['all', 'non_null', 'needed', 'non_numeric', 'none'] as const
const cases = quotes.flatMap((quote) =>
  ['', 'NULL', '\\N', '0'].flatMap((nullText) =>
    (['lf', 'crlf'] as const).flatMap((lineEnding) =>
      [{}, { escape: '\\' }, { delimiter: '|' }, { delimiter: '\t', escape: '^' }, { delimiter: '-' }].map((rest) => ({
        quote,
        nullText,
        lineEnding,
        ...rest,
      })),
    ),
  ),
)

function dialectOf({ quote, lineEnding, ...rest }: (typeof cases)[number]): Dialect {
  const { delimiter = ',', escape } = rest as { delimiter?: string; escape?: string }
  return {
    delimiter,
    quotes: quote !== 'none',
    escape: escape ?? (quote === 'none' ? null : '"'),
    lineEnding: lineEnding === 'crlf' ? '\r\n' : '\n',
  }
}

/** What a reader of the file takes a field for, knowing its settings. */
function valueOf(field: Field, { quote, nullText }: (typeof cases)[number]): string | null {
  const isNull = quote === 'all' ? field.text === nullText : !field.quoted && field.raw === nullText
  return isNull ? null : field.text
}

describe('Delimited files', () => {
  it.each(cases)('read back as they were written, or the row was rejected: %j', async (settings) => {
    const dialect = dialectOf(settings)
    const ambiguous = [dialect.delimiter, '\n', '\r']
    // Only here do the settings leave nothing to tell a value from something else.
    const isRejected = (value: string): boolean =>
      settings.quote === 'none' &&
      dialect.escape === null &&
      (ambiguous.some((text) => value.includes(text)) || (settings.nullText !== '' && value === settings.nullText))
    const looksLikeNull = (value: string): boolean =>
      (settings.quote === 'all' && value === settings.nullText) || (settings.quote === 'none' && value === '' && settings.nullText === '')
    // A number that reads like the NULL text is as ambiguous as a text.
    const numberRejected = (index: number): boolean => isRejected(String(index))

    const { text, rows, rejects } = await files.render(table(nasty), settings)
    const [header, ...records] = readDelimited(text, dialect)

    expect(header?.map((field) => field.text)).toEqual(['n', 'v'])
    const expected = [...nasty, null].flatMap((value, index) => {
      if (numberRejected(index) || (value !== null && isRejected(value))) return []
      const shown = settings.quote === 'all' && String(index) === settings.nullText ? null : String(index)
      return [[shown, value !== null && looksLikeNull(value) ? null : value]]
    })
    expect(records.map((record) => record.map((field) => valueOf(field, settings)))).toEqual(expected)
    expect(rows).toBe(expected.length)
    expect(rows + rejects.reduce((sum, reject) => sum + reject.rows, 0)).toBe(nasty.length + 1)
  })

  it.each([
    ['all', '"1","a"\n"2","NULL"\n'],
    ['non_null', '"1","a"\n"2",NULL\n'],
    ['needed', '1,a\n2,NULL\n'],
    ['non_numeric', '1,"a"\n2,NULL\n'],
    ['none', '1,a\n2,NULL\n'],
  ] as const)('have quotes where %s says so', async (quote, expected) => {
    const { text } = await files.render("SELECT * FROM (VALUES (1, 'a'), (2, NULL)) t(n, v)", { quote, nullText: 'NULL', header: false })
    expect(text).toBe(expected)
  })

  it.each(quotes.flatMap((quote) => (['all', 'needed', 'none'] as const).map((headerQuote) => ({ quote, headerQuote }))))(
    'have quotes in the header on their own: %j',
    async ({ quote, headerQuote }) => {
      const header = headerQuote === 'all' ? '"id","name"' : 'id,name'
      for (const lineEnding of ['lf', 'crlf'] as const) {
        const end = lineEnding === 'crlf' ? '\r\n' : '\n'
        const settings = { quote, headerQuote, lineEnding }
        const full = await files.render("SELECT 1 AS id, 'x' AS name", settings)
        expect(full.text.split(end)[0]).toBe(header)
        expect(full.text.endsWith(end)).toBe(true)
        expect(full.text.split(end)).toHaveLength(3)
        const empty = await files.render("SELECT 1 AS id, 'x' AS name WHERE false", settings)
        expect(empty.text).toBe(header + end)
      }
    },
  )

  it('are empty where there is neither a header nor a row', async () => {
    for (const quote of quotes) expect((await files.render('SELECT 1 AS id WHERE false', { header: false, quote })).text).toBe('')
  })

  it('keep the type of every value readable: exact numbers, ISO 8601 in UTC, base64, JSON for nested ones', async () => {
    const { text } = await files.render(
      `SELECT 170141183460469231731687303715884105727::HUGEINT AS h, 12345678901234567890.123456789012345678::DECIMAL(38,18) AS d, 1.10::DECIMAL(5,2) AS e,
        0.1::FLOAT AS f, 0.1::DOUBLE + 0.2 AS g, TIMESTAMP '2024-01-02 03:04:05' AS t, TIMESTAMP '2024-01-02 03:04:05.120' AS u, TIMESTAMPTZ '2024-01-02 03:04:05.5+02' AS z,
        '2024-01-02 03:04:05.123456789'::TIMESTAMP_NS AS ns, DATE '2024-01-02' AS da, TIME '03:04:05' AS ti, '\\xAA\\x00'::BLOB AS b, 'infinity'::TIMESTAMPTZ AS inf`,
      { header: false },
    )
    expect(text).toBe(
      '170141183460469231731687303715884105727,12345678901234567890.123456789012345678,1.10,0.1,0.30000000000000004,2024-01-02T03:04:05,2024-01-02T03:04:05.12,' +
        '2024-01-02T01:04:05.5Z,2024-01-02T03:04:05.123456789,2024-01-02,03:04:05,qgA=,infinity\n',
    )
    const nested = await files.render(
      `SELECT [1, NULL] AS l, {'a': TIMESTAMPTZ '2024-01-01 00:00:00+00', 'b"c': '\\xAA'::BLOB} AS s, MAP {TIMESTAMP '2024-01-01': 1.10} AS m, ROW(1, 'x') AS r, [{'x': [0.1::FLOAT]}] AS n`,
      { header: false, delimiter: '|', quote: 'none' },
    )
    expect(nested.text.trimEnd().split('|')).toEqual([
      '[1,null]',
      '{"a":"2024-01-01T00:00:00Z","b\\"c":"qg=="}',
      '{"2024-01-01T00:00:00":1.1}',
      '[1,"x"]',
      '[{"x":[0.1]}]',
    ])
  })

  it('are safe for any name of a column', async () => {
    const names = ['a"b', "c'd", 'e,f', 'g\nh', '$1', '{}', '; DROP TABLE x', 'ü', '--', 'item_1', 'kept', 'c0']
    const sql = `SELECT ${names.map((name, index) => `${index} AS "${name.replaceAll('"', '""')}"`).join(', ')}`
    for (const settings of [{}, { quote: 'all' }, { headerQuote: 'all' }, { quote: 'none', escape: '\\' }, { escape: '\\' }]) {
      const dialect = dialectOf({ quote: 'needed', nullText: '', lineEnding: 'lf', ...settings } as (typeof cases)[number])
      const [header, record] = readDelimited((await files.render(sql, settings)).text, dialect)
      expect(header?.map((field) => field.text)).toEqual(names)
      expect(record?.map((field) => field.text)).toEqual(names.map((_, index) => String(index)))
    }
  })

  it('refuse a header without quotes whose names need them, and names that differ in case only', async () => {
    await expect(files.render('SELECT 1 AS "a,b"', { quote: 'none' })).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      detail: expect.stringContaining('"a,b"'),
    })
    await expect(files.render('SELECT 1 AS id, 2 AS "ID"', {})).rejects.toMatchObject({
      code: 'MAPPING_INVALID',
      detail: expect.stringContaining('"ID"'),
    })
    await expect(files.render('SELECT 1 AS id, 2 AS id', {})).rejects.toMatchObject({ code: 'MAPPING_INVALID' })
  })

  it.each([
    ['SELECT DISTINCT i % 3 AS n, chr(10) || (i % 3) AS v FROM range(100) t(i)', 3],
    ["SELECT 1 AS n, chr(10) AS v UNION SELECT 1, chr(10) UNION SELECT 2, 'ok'", 1],
    ['SELECT DISTINCT ON (k) i % 7 AS k, chr(10) AS v FROM range(1000) t(i)', 7],
    ['SELECT i AS n, chr(10) AS v FROM range(9) t(i) EXCEPT SELECT 3, chr(10)', 8],
    ['SELECT i AS n, chr(10) AS v FROM range(100) t(i) ORDER BY i LIMIT 5', 5],
    ['SELECT random() AS n, chr(10) AS v FROM range(2000) t(i) WHERE i % 2 = 0', 1000],
  ])('count rejected rows exactly, wherever the optimizer moves things: %s', async (sql, rejected) => {
    const { rejects } = await files.render(sql, { quote: 'none' })
    expect(rejects).toEqual([{ code: 'VALUE_NOT_EXPRESSIBLE', column: 'v', rows: rejected }])
  })

  it('count a row once, by the first column at fault', async () => {
    const { text, rejects } = await files.render("SELECT * FROM (VALUES (1, ',', ','), (2, 'a', ','), (3, 'a', 'b')) t(n, v, w)", {
      quote: 'none',
    })
    expect(text).toBe('n,v,w\n3,a,b\n')
    expect(rejects).toEqual([
      { code: 'VALUE_NOT_EXPRESSIBLE', column: 'v', rows: 1 },
      { code: 'VALUE_NOT_EXPRESSIBLE', column: 'w', rows: 1 },
    ])
  })
})
