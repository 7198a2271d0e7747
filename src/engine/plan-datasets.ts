/** Decides what a run yields: its datasets, where their rows come from, what they must look like and what their files are called. */
import type { TableInfo } from '../contract/database.ts'
import type { FileTarget } from '../contract/destination.ts'
import { SegueError } from '../contract/errors.ts'
import type { FileSettings } from '../contract/files.ts'
import { nearest } from '../contract/nearest.ts'
import type { MappingEntry, ParameterValue } from '../contract/objects.ts'
import type { Source } from '../contract/reader.ts'
import { renderFileName, temporaryName } from '../templates/file-name.ts'
import type { PinnedRun } from './pinned-run.ts'

export interface PlannedSource {
  readonly name: string
  readonly source: Source
  readonly mapping: readonly MappingEntry[] | null
}

export interface PlannedDataset extends PlannedSource {
  readonly target: FileTarget
}

/** Values for the query's parameters: the orchestration's, else the defaults, and the built-in ones. */
export function parameterValues(pinned: PinnedRun): Record<string, ParameterValue> {
  const declared = pinned.object.kind === 'query' ? pinned.object.declarations : {}
  // A declaration without a default gives no value: where the orchestration gives none either, the reader refuses to guess.
  const defaults = Object.fromEntries(
    Object.entries(declared).flatMap(([name, { default: value }]) => (value === null ? [] : [[name, value]])),
  )
  return { ...defaults, ...pinned.parameters, run_started_at: pinned.now, last_success_at: pinned.lastSuccessAt }
}

function chosenTables(
  choice: Extract<PinnedRun['object'], { kind: 'export' }>['tables'],
  tables: readonly TableInfo[],
): readonly { name: string; columns: readonly string[] | null }[] {
  if (choice === 'all') return tables.map(({ name }) => ({ name, columns: null }))
  const known = new Map(tables.map((table) => [table.name, table.columns.map((column) => column.name)]))
  return choice.map(({ name, columns }) => {
    const present = known.get(name)
    if (!present)
      throw new SegueError(
        'TABLE_NOT_FOUND',
        `The export names table "${name}", which the database does not have.${nearest(name, [...known.keys()])}`,
      )
    const missing = columns?.find((column) => !present.includes(column))
    if (missing !== undefined)
      throw new SegueError(
        'TABLE_NOT_FOUND',
        `The export names column "${missing}" of table "${name}", which is not there.${nearest(missing, present)}`,
      )
    return { name, columns: columns ?? null }
  })
}

function mappingFor(pinned: PinnedRun, dataset: string): readonly MappingEntry[] | null {
  if (pinned.mapping === null) return null
  if (Array.isArray(pinned.mapping)) return pinned.mapping
  return Object.hasOwn(pinned.mapping, dataset) ? (pinned.mapping[dataset] ?? null) : null
}

/** Values for the file-name template of one dataset. */
function nameValues(pinned: PinnedRun, run: string, table: string, rows: number): Parameters<typeof renderFileName>[1] {
  return {
    now: new Date(pinned.now),
    orchestration: pinned.orchestration.name,
    object: pinned.object.name,
    table,
    runId: run,
    rows,
    fileNumber: 1,
    parameters: pinned.object.kind === 'query' ? parameterValues(pinned) : {},
  }
}

/** The final name of a dataset's file; `rows` matters where the template names it. Throws FILE_NAME_INVALID. */
export function fileNameOf(
  pinned: PinnedRun,
  file: FileSettings,
  run: string,
  dataset: string,
  rows: number,
): { name: string; warnings: readonly string[] } {
  return renderFileName(file.fileName, nameValues(pinned, run, dataset, rows))
}

/** Refuses two files of one run with the same name; names are compared as a case-insensitive file system would. */
export function checkDistinctNames(names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const folded = name.normalize('NFC').toLowerCase()
    const twin = seen.get(folded)
    if (twin !== undefined)
      throw new SegueError(
        'FILE_NAME_COLLISION',
        `Two files of this run would be called "${name}"${twin === name ? '' : ` and "${twin}"`}.`,
      )
    seen.set(folded, name)
  }
}

/** Where the rows of a run come from, in order. `tables` is what the database has; it matters for exports only. Throws TABLE_NOT_FOUND. */
export function planSources(pinned: PinnedRun, tables: readonly TableInfo[]): readonly PlannedSource[] {
  const { object } = pinned
  if (object.kind === 'query') {
    const source: Source = { kind: 'query', sql: object.sql, declarations: object.declarations, parameters: parameterValues(pinned) }
    return [{ name: object.name, source, mapping: mappingFor(pinned, object.name) }]
  }
  const chosen = chosenTables(object.tables, tables)
  if (chosen.length === 0) throw new SegueError('TABLE_NOT_FOUND', `Database "${pinned.database.name}" has no tables to export.`)
  return chosen.map(({ name, columns }) => ({ name, source: { kind: 'table', table: name, columns }, mapping: mappingFor(pinned, name) }))
}

/** The datasets of a run that delivers files, with what their files are called. */
export function planDatasets(
  pinned: PinnedRun,
  file: FileSettings,
  run: string,
  epoch: string,
  tables: readonly TableInfo[],
): { datasets: readonly PlannedDataset[]; warnings: readonly string[] } {
  const warnings = new Set<string>()
  const target = (dataset: string): FileTarget => {
    const rendered = fileNameOf(pinned, file, run, dataset, 0)
    for (const warning of rendered.warnings) warnings.add(warning)
    return { name: rendered.name, temporaryName: temporaryName(rendered.name, run, epoch) }
  }
  const datasets = planSources(pinned, tables).map((source): PlannedDataset => ({ ...source, target: target(source.name) }))
  checkDistinctNames(datasets.map((dataset) => dataset.target.name))
  return { datasets, warnings: [...warnings] }
}
