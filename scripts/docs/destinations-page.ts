import type { DestinationDefinition, FileCapabilities } from '../../src/contract/destination.ts'
import { servesDestination, type TemplateDefinition } from '../../src/contract/registry.ts'
import { settingMeta } from '../../src/contract/settings.ts'
import type { SettingsShape } from '../../src/contract/settings.ts'
import { databaseTypes } from '../../src/databases/registry.ts'
import { destinationTypes } from '../../src/destinations/registry.ts'
import { templateTypesFor } from '../../src/destinations/template-types.ts'
import { fileTemplate } from '../../src/files/template-definition.ts'
import { code, page } from './markdown.ts'
import { secretsTable, settingsTable } from './setting-rows.ts'

/** What can be configured where: made of the definitions of the connectors themselves. */
export function destinationsPage(destinations: ReadonlyMap<string, DestinationDefinition> = destinationTypes): string {
  const templates = [...templateTypesFor(destinations).values()]
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
      `Beside its settings a destination takes ${code('limits')}: how many runs may use it at once (${code('runs')}) and, where it takes records, how many requests a second (${code('requestsPerSecond')}) and at once (${code('parallel')}); and ${code('onUnknown')}: whether a part whose outcome is unknown is sent again (${code('resend')}, the default) or waits for a person (${code('hold')}).`,
      ...[...destinations.values()].flatMap((destination) => destinationSections(destination, templates)),
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

function destinationSections(destination: DestinationDefinition, templates: readonly TemplateDefinition[]): string[] {
  const { type, title, summary, credential, laterSettings = [] } = destination
  // Settings of files have a section of their own.
  const shared = destination.kind === 'file' ? [...Object.keys(fileTemplate.settings), ...(fileTemplate.laterSettings ?? [])] : []
  return [
    `### ${code(type)}: ${title}`,
    summary,
    capabilityList(destination, templates),
    settingsTable(only(destination.settings, (name) => !shared.includes(name))),
    ...(credential === null
      ? ['It needs no credential.']
      : [`Fields of its credential (type ${code(type)}), all of them secret:`, secretsTable(credential)]),
    later(laterSettings.filter((name) => !shared.includes(name))),
  ]
}

function capabilityList(destination: DestinationDefinition, templates: readonly TemplateDefinition[]): string {
  const { modes, runs, onOneMachine } = destination.capabilities
  const serving = templates.filter((template) => servesDestination(template, destination))
  return [
    `Delivery modes: ${modes.join(', ')}.`,
    `Templates of type ${serving.map(({ type }) => code(type)).join(', ')}.`,
    `Runs at once, where ${code('limits')} does not say: ${runs}.`,
    destination.kind === 'record' ? 'It takes records, in batches.' : commitText(destination.capabilities),
    ...(onOneMachine ? ['It is on one machine: runs must run there.'] : []),
  ]
    .map((line) => `- ${line}`)
    .join('\n')
}

function commitText({ commitsAtomically }: FileCapabilities): string {
  return commitsAtomically ? 'A file appears whole or not at all.' : 'A file may be seen before it is whole.'
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
