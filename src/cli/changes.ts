/** Changes of configuration for people. */
import { z } from 'zod'
import { configurationChange } from '../contract/documents.ts'
import type { ConfigurationChange } from '../contract/documents.ts'
import { shortened, visible } from './display-text.ts'

export const changesAnswer = z.object({ changes: z.array(configurationChange) })

const signs = { create: '+', update: '~', delete: '-' } as const
const done = { create: 'created', update: 'changed', delete: 'deleted' } as const

/** One line per object, and below an updated one a line per field: `settings.format: csv -> parquet`. */
export function changesText(changes: readonly ConfigurationChange[]): string {
  return changes.flatMap(changeLines).join('\n')
}

/** `2 created, 1 changed`. */
export function summary(changes: readonly ConfigurationChange[]): string {
  const counts = (['create', 'update', 'delete'] as const).map((action) => ({
    action,
    number: changes.filter((change) => change.action === action).length,
  }))
  return counts.flatMap(({ action, number }) => (number === 0 ? [] : [`${number} ${done[action]}`])).join(', ')
}

function changeLines(change: ConfigurationChange): string[] {
  const head = `${signs[change.action]} ${change.kind} ${visible(change.name)}`
  if (change.action !== 'update') return [head]
  return [head, ...change.fields.map((field) => `    ${visible(field.path)}: ${valueText(field.before)} -> ${valueText(field.after)}`)]
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '(none)'
  return shortened(visible(typeof value === 'string' ? value : JSON.stringify(value)), 80)
}
