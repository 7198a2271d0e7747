import { describe, expect, it } from 'vitest'
import { fileRenderer } from '../helpers/render-file.ts'

const files = fileRenderer()
const ndjson = { format: 'ndjson' }

describe('NDJSON files', () => {
  it('hold one object a line, numbers exact and bare, timestamps in ISO 8601, bytes in base64', async () => {
    const { text } = await files.render(
      `SELECT 9007199254740993 AS i, 170141183460469231731687303715884105727::HUGEINT AS h, 12345678901234567890.123456789012345678::DECIMAL(38,18) AS d,
        0.1::FLOAT AS f, 1e300 AS e, -0.0::DOUBLE AS z, true AS b, NULL AS n, 'O''Brien "x"' || chr(10) || chr(0) AS s, TIMESTAMP '2024-01-02 03:04:05.5' AS t,
        TIMESTAMPTZ '2024-01-02 03:04:05+02' AS tz, DATE '2024-01-02' AS da, '\\xAA'::BLOB AS bl, 'a'::ENUM('a') AS en, uuid '00000000-0000-0000-0000-000000000001' AS u`,
      ndjson,
    )
    expect(text).toBe(
      '{"i":9007199254740993,"h":170141183460469231731687303715884105727,"d":12345678901234567890.123456789012345678,"f":0.1,"e":1e300,"z":-0.0,"b":true,"n":null,' +
        '"s":"O\'Brien \\"x\\"\\n\\u0000","t":"2024-01-02T03:04:05.5","tz":"2024-01-02T01:04:05Z","da":"2024-01-02","bl":"qg==","en":"a","u":"00000000-0000-0000-0000-000000000001"}\n',
    )
    expect(JSON.parse(text)).toMatchObject({ s: 'O\'Brien "x"\n\0' })
  })

  it('are the same text where SQL makes the lines: exact JSON columns, nested values native', async () => {
    const { text } = await files.render(
      `SELECT 1 AS i, 1.50::DECIMAL(5,2) AS d, 0.1::FLOAT AS f, 'a"b' AS s, TIMESTAMPTZ '2024-01-02 03:04:05.5+02' AS tz, NULL::VARCHAR AS n, DATE '2024-01-02' AS da,
        ('{"a": 12345678901234567890.123456789,' || chr(10) || ' "b": [1.10]}')::JSON AS j, [1, NULL, 3] AS l, {'t': TIMESTAMP '2024-01-01', 'x y': ['\\xAA'::BLOB]} AS st,
        MAP {'k': 0.5::FLOAT} AS m, NULL::STRUCT(a TIMESTAMP) AS ns, []::TIMESTAMP[] AS el, 'v'::VARIANT AS v, union_value(num := 2) AS u`,
      ndjson,
    )
    expect(text).toBe(
      '{"i":1,"d":1.5,"f":0.1,"s":"a\\"b","tz":"2024-01-02T01:04:05.5Z","n":null,"da":"2024-01-02","j":{"a": 12345678901234567890.123456789,  "b": [1.10]},' +
        '"l":[1,null,3],"st":{"t":"2024-01-01T00:00:00","x y":["qg=="]},"m":{"k":0.5},"ns":null,"el":[],"v":"v","u":{"num":2}}\n',
    )
    expect(() => JSON.parse(text)).not.toThrow()
  })

  it('have CRLF where the settings say so, and nothing where there is no row', async () => {
    const sql = "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) t(n, v)"
    expect((await files.render(sql, { ...ndjson, lineEnding: 'crlf' })).text).toBe('{"n":1,"v":"a"}\r\n{"n":2,"v":null}\r\n')
    for (const lineEnding of ['lf', 'crlf'])
      expect((await files.render('SELECT 1 AS n WHERE false', { ...ndjson, lineEnding })).text).toBe('')
  })

  it('reject what JSON cannot say, at any depth, and nothing else', async () => {
    const { text, rejects } = await files.render(
      `SELECT * FROM (VALUES (1, 1.5::DOUBLE, ['NaN is a word'], {'d': [0.5]}), (2, 'nan', NULL, NULL), (3, 'inf', NULL, NULL),
        (4, NULL, NULL, {'d': [1, '-inf'::DOUBLE]}), (5, NULL, NULL, {'d': NULL})) t(n, x, w, s)`,
      ndjson,
    )
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { n: number }).n),
    ).toEqual([1, 5])
    expect(rejects).toEqual([
      { code: 'VALUE_NOT_EXPRESSIBLE', column: 'x', rows: 2 },
      { code: 'VALUE_NOT_EXPRESSIBLE', column: 's', rows: 1 },
    ])
  })

  it('reject documents that DuckDB takes for JSON and others do not', async () => {
    const documents = ['NaN', '[Infinity]', '{"a":1,}', '[1,]', '{"NaN":"inf, ]"}', '{"a":"\\\\"}', 'null', '{"nan\\"":[1 ]}']
    const rows = documents.map((document, index) => `(${index}, '${document}'::JSON)`)
    const { text, rejects } = await files.render(`SELECT * FROM (VALUES ${rows.join(', ')}) t(n, j)`, ndjson)
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([4, 5, 6, 7].map((n) => ({ n, j: JSON.parse(documents[n] ?? '') as unknown })))
    expect(rejects).toEqual([{ code: 'VALUE_NOT_EXPRESSIBLE', column: 'j', rows: 4 }])
  })

  it('are safe for any name of a column', async () => {
    const names = ['a"b', "c'd", 'g\nh', '$1', '\\', 'ü', ',']
    const columns = names.map((name, index) => `${index} AS "${name.replaceAll('"', '""')}"`).join(', ')
    for (const lineEnding of ['lf', 'crlf']) {
      const { text } = await files.render(`SELECT ${columns}`, { ...ndjson, lineEnding })
      expect(JSON.parse(text)).toEqual(Object.fromEntries(names.map((name, index) => [name, index])))
    }
  })
})
