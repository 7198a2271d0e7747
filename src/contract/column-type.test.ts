import { describe, expect, it } from 'vitest'
import { parseColumnType } from './column-type.ts'

const scalar = (name: string, text = name): object => ({ kind: 'scalar', name, text })

describe('parseColumnType', () => {
  it.each([
    ['VARCHAR', scalar('VARCHAR')],
    ['DECIMAL(12,2)', scalar('DECIMAL', 'DECIMAL(12,2)')],
    ['TIMESTAMP WITH TIME ZONE', scalar('TIMESTAMP WITH TIME ZONE')],
    ['TIMESTAMPTZ', scalar('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ')],
    ["ENUM('a)', 'b''c', '[]')", scalar('ENUM', "ENUM('a)', 'b''c', '[]')")],
    ['UNION(num INTEGER, str VARCHAR)', scalar('UNION', 'UNION(num INTEGER, str VARCHAR)')],
    ['"NULL"', scalar('"NULL"')],
  ])('knows the scalar %s', (text, expected) => {
    expect(parseColumnType(text)).toEqual(expected)
  })

  it('takes nested types apart, with quoted names and rows without names', () => {
    expect(parseColumnType('INTEGER[3][]')).toMatchObject({ kind: 'list', element: { kind: 'list', element: scalar('INTEGER') } })
    expect(parseColumnType('MAP(VARCHAR, DECIMAL(2,1)[])')).toMatchObject({
      kind: 'map',
      key: scalar('VARCHAR'),
      value: { kind: 'list', element: scalar('DECIMAL', 'DECIMAL(2,1)') },
    })
    expect(
      parseColumnType('STRUCT("b, c" INTEGER, "q""q" TIMESTAMP, "timestamp" TIMESTAMP WITH TIME ZONE, a STRUCT(x DOUBLE)[])'),
    ).toMatchObject({
      kind: 'struct',
      fields: [
        { name: 'b, c', type: scalar('INTEGER') },
        { name: 'q"q', type: scalar('TIMESTAMP') },
        { name: 'timestamp', type: scalar('TIMESTAMP WITH TIME ZONE') },
        { name: 'a', type: { kind: 'list', element: { kind: 'struct', fields: [{ name: 'x' }] } } },
      ],
    })
    for (const text of [
      "STRUCT(TIMESTAMP WITH TIME ZONE, DECIMAL(2,1), ENUM('a b'))",
      'STRUCT("" TIMESTAMP WITH TIME ZONE, "" DECIMAL(2,1), "" ENUM(\'a b\'))',
    ]) {
      expect(parseColumnType(text)).toMatchObject({
        kind: 'struct',
        fields: [
          { name: null, type: { name: 'TIMESTAMP WITH TIME ZONE' } },
          { name: null, type: { name: 'DECIMAL' } },
          { name: null, type: { name: 'ENUM' } },
        ],
      })
    }
  })
})
