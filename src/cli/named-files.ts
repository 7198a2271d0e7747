/** The `-f` option, shared by the commands that read configuration. */
import type { Command } from 'commander'
import type { ApiClient } from '../api-client.ts'
import { SegueError } from '../contract/errors.ts'
import type { World } from './command.ts'
import { readConfiguration } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import { fetchPathSettings } from './path-settings.ts'

/** Adds `-f`, which may be given several times. */
export function addFileOption(command: Command): Command {
  return command.requiredOption(
    '-f, --file <path>',
    'a YAML file, a folder of them, or - for standard input; may be repeated',
    (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
  )
}

/** The configuration in the files that were named, ready for the API. */
export async function readNamed(named: readonly string[], client: ApiClient, world: World): Promise<Configuration> {
  return readConfiguration(named, await fetchPathSettings(client), world)
}

/** Nothing to apply and `--prune` would delete everything: that is never what was meant. */
export function refuseEmptyPrune(documents: readonly unknown[], prune: boolean | undefined): void {
  if (prune && documents.length === 0)
    throw new SegueError('INVALID', 'The input holds no document; with --prune that would delete everything.')
}
