import { expect, test } from 'vitest'
import { destinationsPage } from '../../scripts/docs/destinations-page.ts'
import { destinationTypes } from '../../src/destinations/registry.ts'
import { feedDestination } from '../helpers/feed-destination.ts'

const page = destinationsPage(new Map([...destinationTypes, [feedDestination.type, feedDestination]]))

/** The part of the page about a type. */
function sectionOf(type: string): string {
  return page.split(/^##+ /m).find((section) => section.startsWith(`\`${type}\``)) ?? ''
}

test('a record destination is printed with its modes, its template type, its runs and all of its settings', () => {
  const section = sectionOf('feed')
  expect(section).toContain('- Delivery modes: append.\n- Templates of type `feed`.\n- Runs at once, where `limits` does not say: 1.')
  for (const setting of Object.keys(feedDestination.settings)) expect(section).toContain(`| \`${setting}\` |`)
  expect(section).toContain('`signature`')
  expect(section).not.toMatch(/a file/i)
})

test('a file destination is printed with its own settings; those of files stand in one place', () => {
  const section = sectionOf('local')
  expect(section).toContain('Templates of type `file`.')
  expect(section).toContain('`folder`')
  expect(section).not.toContain('`delimiter`')
})
