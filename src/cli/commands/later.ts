/** Commands that the design has and this version has not: said by name, so that nobody takes them for a typing mistake. */
import type { Command } from 'commander'
import { SegueError } from '../../contract/errors.ts'
import type { AddCommand, Perform } from '../command.ts'

const laterCommands = ['worker', 'plan-run', 'rejects', 'find', 'forget', 'keys', 'backup', 'restore'] as const
export const laterRunsCommands = ['retry', 'restart', 'resume', 'release', 'refuse', 'resolve'] as const

export const addLater: AddCommand = (program, perform) => {
  for (const name of laterCommands) addLaterCommand(program, name, `segue ${name}`, perform)
}

/** Adds a command that only says that it is not there yet, whatever it is given. */
export function addLaterCommand(parent: Command, name: string, spoken: string, perform: Perform): void {
  parent
    .command(name, { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[arguments...]')
    .action(async () =>
      perform(async () => {
        throw new SegueError('NOT_AVAILABLE', `\`${spoken}\` comes with a later version.`)
      }),
    )
}
