import { expect, test } from 'vitest'
import { parameterTypes } from '../contract/objects.ts'
import { valueFits } from './parameter-values.ts'

const fitting = {
  text: ['', 'any\nthing', 1, true],
  integer: [0, -5, '12345678901234567890', '+7'],
  decimal: [1, 1.5, '0.10', '-.5', '12345678901234567890.12'],
  double: [1.5, '1e300', '-Infinity', 'nan'],
  boolean: [true, false, 'true', 'FALSE'],
  date: ['2026-11-24', '10000-01-01'],
  timestamp: ['2026-11-24', '2026-11-24T08:30:00Z', '2026-11-24 08:30:00.123456+01:00', '2026-11-24 08:30'],
} as const
const wrong = {
  text: [],
  integer: [1.5, 2 ** 60, '1.0', '', 'one', true],
  decimal: ['1e5', '1,5', '.', true],
  double: ['', 'e5', true],
  boolean: [1, 'yes', ''],
  date: [20261124, '24.11.2026', '2026-11-24T00:00:00Z'],
  timestamp: [0, 'now', '2026-11-24T25', ''],
} as const

test.each(parameterTypes)('a %s takes the forms of its type and no others', (type) => {
  expect(fitting[type].filter((value) => !valueFits(type, value))).toEqual([])
  expect(wrong[type].filter((value) => valueFits(type, value))).toEqual([])
  expect(valueFits(type, null)).toBe(true)
})
