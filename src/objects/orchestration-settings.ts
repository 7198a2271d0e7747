/** The settings of an orchestration, of all its layers together. Two layers that set the same one are in layer-conflicts.ts. */
import { builtInParameters } from '../contract/objects.ts'
import { checkFileNameTemplate, renderFileName } from '../templates/file-name.ts'
import { layeredSettings, type Assembly } from './assembly.ts'
import { called } from './configured.ts'
import { pointerTo, type Fault } from './faults.ts'
import { fileNameSetting, isFixedAtTheTop, layerFaults, ownSettingFaults, wholeFaults, type DeclaredSettings } from './settings-rules.ts'

/** Where a person mends a setting in the orchestration's document: at its own value, or at the name of what sets it. */
function pointerOf(setting: string, { orchestration, destination, template }: Assembly): string {
  if (Object.hasOwn(destination.spec.settings, setting)) return '/destination'
  if (template && Object.hasOwn(template.spec.settings, setting)) return '/template'
  return Object.hasOwn(orchestration.spec.settings, setting) ? pointerTo('/settings', setting) : '/settings'
}

/** Settings that some layer below the destination may set, and nobody does although they have no default. */
function openFaults(assembly: Assembly): Fault[] {
  const { destination, template, definition } = assembly
  const set = layeredSettings(assembly)
  const above = [called(destination), ...(template ? [called(template)] : [])].join(' and ')
  return Object.entries(definition.settings)
    .filter(
      ([name, schema]) => !isFixedAtTheTop(definition.settings, name) && set[name] === undefined && !schema.safeParse(undefined).success,
    )
    .map(([name]) => ({
      code: 'INVALID',
      pointer: pointerTo('/settings', name),
      message: `The setting "${name}" is required, and open in ${above}.`,
    }))
}

/** Settings of different layers that do not go together. A layer that is wrong by itself is told of where it is. */
function togetherFaults(assembly: Assembly, declared: DeclaredSettings): Fault[] {
  const { destination, template } = assembly
  const isWrongAlone =
    ownSettingFaults(declared, 'destination', destination.spec.settings).length > 0 ||
    (template !== undefined && ownSettingFaults(declared, 'template', template.spec.settings).length > 0)
  if (isWrongAlone) return []
  return wholeFaults(declared, layeredSettings(assembly)).map((fault) => ({
    ...fault,
    pointer: pointerOf(fault.pointer.split('/')[2] ?? '', assembly),
  }))
}

/** True where two tables of one run get different names from the template. */
function tellsTablesApart(template: string): boolean {
  const nameFor = (table: string): string =>
    renderFileName(template, {
      now: new Date(0),
      orchestration: 'o',
      object: 'o',
      table,
      runId: 'run_0',
      rows: 0,
      fileNumber: 1,
      parameters: {},
    }).name
  return nameFor('a') !== nameFor('b')
}

/** A file name that uses what the object does not have, or that is the same for every table. */
function fileNameFaults(assembly: Assembly): Fault[] {
  const { query, dataExport, definition } = assembly
  if (definition.kind !== 'file') return []
  const fileName = layeredSettings(assembly)[fileNameSetting] ?? definition.settings[fileNameSetting]?.safeParse(undefined).data
  if (typeof fileName !== 'string' || checkFileNameTemplate(fileName).length > 0) return []
  const pointer = pointerOf(fileNameSetting, assembly)
  const declared = Object.keys(query?.spec.active?.parameters ?? {})
  const unusable = checkFileNameTemplate(fileName, query ? [...declared, ...Object.keys(builtInParameters)] : [])
  if (unusable.length > 0) return unusable.map(({ message }) => ({ code: 'FILE_NAME_INVALID', pointer, message }))
  const tables = dataExport?.spec.active?.tables ?? []
  if ((tables !== 'all' && tables.length <= 1) || tellsTablesApart(fileName)) return []
  return [
    {
      code: 'FILE_NAME_INVALID',
      pointer,
      message: `The file name "${fileName}" is the same for every table of the export; put {{ table }} in it.`,
    },
  ]
}

/** What is wrong with the settings that an orchestration would run with. */
export function orchestrationSettingFaults(assembly: Assembly, declared: DeclaredSettings): Fault[] {
  const ownLayer = layerFaults(declared, 'orchestration', assembly.orchestration.spec.settings)
  return [...(ownLayer.length > 0 ? ownLayer : togetherFaults(assembly, declared)), ...openFaults(assembly), ...fileNameFaults(assembly)]
}
