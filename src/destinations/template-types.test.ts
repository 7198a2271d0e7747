import { expect, test } from 'vitest'
import { feedDestination } from '../../test/helpers/feed-destination.ts'
import { servesDestination } from '../contract/registry.ts'
import { destinationTypes } from './registry.ts'
import { templateTypesFor } from './template-types.ts'

const types = templateTypesFor(new Map([...destinationTypes, [feedDestination.type, feedDestination]]))

test('a record destination has a template type of its name, with those of its settings that a template may set', () => {
  const template = types.get('feed')
  expect(Object.keys(template?.settings ?? {})).toEqual(['shape', 'batchRows', 'rowsField', 'event'])
  expect(template?.settings['batchRows']).toBe(feedDestination.settings['batchRows'])
  expect(template?.laterSettings).toEqual(['signature'])
})

test('each destination type is served by one template type: files by that of files, others by their own', () => {
  for (const destination of [...destinationTypes.values(), feedDestination]) {
    const serving = [...types.values()].filter((template) => servesDestination(template, destination)).map(({ type }) => type)
    expect(serving).toEqual([destination.kind === 'file' ? 'file' : destination.type])
  }
})
