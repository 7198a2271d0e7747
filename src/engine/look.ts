/** Looking without sending: tables, first rows, what an orchestration would send, whether a connection works. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TableInfo } from '../contract/database.ts'
import type { CheckResult } from '../contract/destination.ts'
import type { MappingEntry, StoredObject } from '../contract/objects.ts'
import type { DatabaseToOpen, PreviewResult, ReaderSession, Source } from '../contract/reader.ts'
import { parseFileSettings } from '../files/settings.ts'
import { lastSuccessNow } from '../store/runs/runs.ts'
import { checkSettings, destinationDefinition, openDatabase, type ConnectionSpec } from './connections.ts'
import type { EngineDependencies } from './dependencies.ts'
import { pinConfiguration } from './pinned-run.ts'
import { fileNameOf, planDatasets, planSources } from './plan-datasets.ts'
import type { DeliveryPreview, DestinationToTest } from './service.ts'

const lookMs = 60_000
const linesShown = 10

async function withSession<T>(
  deps: EngineDependencies,
  database: ConnectionSpec,
  outputs: readonly string[],
  signal: AbortSignal | undefined,
  work: (session: ReaderSession) => Promise<T>,
): Promise<T> {
  const session = await openDatabase(deps, database, { outputs, deadlineMs: lookMs, signal: signal ?? new AbortController().signal })
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** Tables with their columns and exact numbers of rows. */
export async function listTables(deps: EngineDependencies, database: StoredObject<'database'>): Promise<readonly TableInfo[]> {
  return withSession(deps, database.spec, [], undefined, async (session) => {
    const counted: TableInfo[] = []
    for (const table of await session.tables()) counted.push({ ...table, rows: table.rows ?? (await session.count(table.name)) })
    return counted
  })
}

/** First rows of a source. */
export async function preview(
  deps: EngineDependencies,
  database: StoredObject<'database'>,
  request: { readonly source: Source; readonly mapping: readonly MappingEntry[] | null; readonly limit: number },
  signal?: AbortSignal,
): Promise<PreviewResult> {
  return withSession(deps, database.spec, [], signal, (session) => session.preview(request))
}

/** File names and first lines, or the first rows of records, rendered into a folder of our own. Nothing touches the destination. */
export async function previewDelivery(deps: EngineDependencies, orchestration: StoredObject<'orchestration'>): Promise<DeliveryPreview> {
  const times = { now: deps.clock(), lastSuccessAt: await lastSuccessNow(deps.store.db, orchestration.id) }
  const pinned = await pinConfiguration(deps.objects, orchestration, times)
  const definition = destinationDefinition(deps, pinned.destination.type)
  checkSettings(definition, pinned.settings)
  // Records are objects of JSON, as the lines of such a file are.
  const file = parseFileSettings(definition.kind === 'file' ? pinned.settings : { format: 'ndjson' })
  const tables =
    pinned.object.kind === 'export' ? await withSession(deps, pinned.database, [], undefined, (session) => session.tables()) : []
  const datasets = definition.kind === 'file' ? planDatasets(pinned, file, 'preview', '0', tables).datasets : planSources(pinned, tables)
  await mkdir(deps.spoolDir, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(deps.spoolDir, 'preview-'))
  try {
    const outputs = datasets.map((_, index) => join(folder, `${index}.${file.format}`))
    const shown: DeliveryPreview['datasets'][number][] = []
    await withSession(deps, pinned.database, outputs, undefined, async (session) => {
      for (const [index, { name, source, mapping }] of datasets.entries()) {
        const output = outputs[index] ?? ''
        const { rows, columns } = await session.render({ source, mapping, file, output, limit: linesShown }, () => undefined)
        const lines = file.format === 'parquet' ? await rowsAsLines(session, source, mapping) : firstLines(await readFile(output, 'utf8'))
        const fileName = definition.kind === 'file' ? fileNameOf(pinned, file, 'preview', name, rows).name : null
        shown.push({ name, fileName, columns, lines })
      }
    })
    return { orchestration: pinned.orchestration.name, destination: pinned.destination.name, datasets: shown }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function firstLines(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .slice(0, linesShown + 1)
    .filter((line) => line !== '')
}

async function rowsAsLines(session: ReaderSession, source: Source, mapping: readonly MappingEntry[] | null): Promise<readonly string[]> {
  const { rows } = await session.preview({ source, mapping, limit: linesShown })
  return rows.map((row) => row.map((value) => value ?? 'NULL').join(' | '))
}

/** Opens the database and counts its tables. */
export async function testDatabase(deps: EngineDependencies, database: DatabaseToOpen): Promise<CheckResult> {
  const session = await deps.reader.open(database, { outputs: [], deadlineMs: lookMs, signal: AbortSignal.timeout(lookMs) })
  try {
    const tables = await session.tables()
    return { summary: `${tables.length} ${tables.length === 1 ? 'table' : 'tables'} can be read`, facts: { tables: String(tables.length) } }
  } finally {
    await session.close()
  }
}

/** Signs in and shows that the folder can be written, by the connector's own check. A fact met for the first time is told, not kept. */
export async function testDestination(
  deps: EngineDependencies,
  { type, settings, secrets, remembered }: DestinationToTest,
): Promise<CheckResult> {
  return destinationDefinition(deps, type).check({
    settings,
    secrets,
    remembered,
    net: deps.net,
    clock: deps.clock,
    signal: AbortSignal.timeout(lookMs),
    remember: () => Promise.resolve(),
  })
}
