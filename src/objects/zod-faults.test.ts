import { expect, test } from 'vitest'
import { z } from 'zod'
import { documentSchemas } from '../contract/documents.ts'
import { zodFaults } from './zod-faults.ts'

function faults(schema: z.ZodType, input: unknown): string[] {
  const { error } = schema.safeParse(input)
  return zodFaults(schema, error?.issues ?? [], input, '/0').map(({ code, pointer, message }) => `${code} ${pointer} ${message}`)
}

test('an unknown field is told with the nearest of the fields that stand there', () => {
  const schema = z.object({ outer: z.array(z.strictObject({ delimiter: z.string().optional(), header: z.boolean().optional() })) })
  expect(faults(schema, { outer: [{ delimeter: ';' }] })).toEqual([
    'UNKNOWN_FIELD /0/outer/0/delimeter There is no field "delimeter" here. Did you mean "delimiter"?',
  ])
})

test('each field that is missing or wrong is told at its place', () => {
  expect(faults(documentSchemas.query, { kind: 'query', name: 'q', sql: 7, labels: ['a', ''] })).toEqual([
    'INVALID /0/database It is required.',
    'INVALID /0/labels/1 Too small: expected string to have >=1 characters.',
    'INVALID /0/sql Expected string, received number.',
  ])
})

test('of several forms the one that was meant is told of', () => {
  const template = (mapping: unknown) => faults(documentSchemas.template, { kind: 'template', name: 't', type: 'file', mapping })
  expect(template([{ from: 'a', two: 'b' }])).toEqual(['UNKNOWN_FIELD /0/mapping/0/two There is no field "two" here. Did you mean "to"?'])
  expect(template([{ value: 1 }])).toEqual(['INVALID /0/mapping/0/to It is required.'])
  expect(template({ customer: [{ from: '' }] })).toEqual([
    'INVALID /0/mapping/customer/0/from Too small: expected string to have >=1 characters.',
  ])
  expect(template(7)).toEqual(['INVALID /0/mapping Expected array or record.'])
})

test('a choice names what there is', () => {
  expect(faults(z.object({ tables: z.union([z.literal('all'), z.array(z.string())]) }), { tables: 'most' })).toEqual([
    'INVALID /0/tables Expected "all" or array.',
  ])
  expect(faults(z.object({ mode: z.enum(['a', 'b']) }), { mode: 'c' })).toEqual(['INVALID /0/mode Expected one of "a"|"b".'])
})
