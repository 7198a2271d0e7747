import { settingMeta } from '../../src/contract/settings.ts'
import type { SettingsShape } from '../../src/contract/settings.ts'
import { databaseTypes } from '../../src/databases/registry.ts'
import { destinationTypes } from '../../src/destinations/registry.ts'
import { fileTemplate } from '../../src/files/template-definition.ts'
import { code, page } from './markdown.ts'
import { secretsTable, settingsTable } from './setting-rows.ts'

/** What can be configured where: made of the definitions of the connectors themselves. */
export function destinationsPage(): string {
  const inThisVersion = only(fileTemplate.settings, (name) => settingMeta.get(fileTemplate.settings[name] ?? missing(name))?.later !== true)
  return page(
    'Destinations, databases and their settings',
    'the definitions in src/destinations, src/databases and src/files',
    [
      'A setting may be set on the layers that its row names. A value that is set on the destination is fixed for everything below it; what the destination leaves open a template may set, and what both leave open the orchestration sets. "itself" means: only where it is declared, on the destination or the database.',
      '## Files',
      `${fileTemplate.summary} These settings belong to every file destination, to templates of type ${code(fileTemplate.type)}, and to orchestrations.`,
      settingsTable(inThisVersion),
      later(fileTemplate.laterSettings),
      '## Destinations',
      ...[...destinationTypes.values()].flatMap((destination) => [
        `### ${code(destination.type)}: ${destination.title}`,
        destination.summary,
        [
          `- Delivery modes: ${destination.capabilities.modes.join(', ')}.`,
          ...(destination.kind === 'file'
            ? [
                `- ${destination.capabilities.commitsAtomically ? 'A file appears whole or not at all.' : 'A file may be seen before it is whole.'}`,
              ]
            : []),
          ...(destination.capabilities.onOneMachine ? ['- It is on one machine: runs must run there.'] : []),
        ].join('\n'),
        settingsTable(only(destination.settings, (name) => !(name in fileTemplate.settings))),
        destination.credential === null
          ? 'It needs no credential.'
          : `Fields of its credential (type ${code(destination.type)}), all of them secret:`,
        ...(destination.credential === null ? [] : [secretsTable(destination.credential)]),
        later((destination.laterSettings ?? []).filter((name) => !(fileTemplate.laterSettings ?? []).includes(name))),
      ]),
      '## Databases',
      ...[...databaseTypes.values()].flatMap((database) => [
        `### ${code(database.type)}: ${database.title}`,
        database.summary,
        settingsTable(database.settings),
        ...(database.credential === null ? [] : ['Fields of its credential, all of them secret:', secretsTable(database.credential)]),
        later(database.laterSettings),
      ]),
    ].filter((section) => section !== ''),
  )
}

function later(names: readonly string[] | undefined): string {
  return names === undefined || names.length === 0 ? '' : `Not in this version yet, and refused by name: ${names.map(code).join(', ')}.`
}

function only(shape: SettingsShape, wanted: (name: string) => boolean): SettingsShape {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => wanted(name)))
}

function missing(name: string): never {
  throw new Error(`The setting ${name} is not there.`)
}
