/** Commands that the design has and this version has not: said by name, so that nobody takes them for a typing mistake. */
import type { Command } from 'commander'
import { SegueError } from '../../contract/errors.ts'
import type { AddCommand, Perform } from '../command.ts'

const laterCommands = ['worker', 'plan-run', 'find', 'forget', 'keys', 'backup', 'restore'] as const

export const addLater: AddCommand = (program, perform) => {
  for (const name of laterCommands) addLaterCommand(program, name, perform)
}

/** Adds a command that only says that it is not there yet, whatever it is given. */
function addLaterCommand(program: Command, name: string, perform: Perform): void {
  program
    .command(name, { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[arguments...]')
    .action(async () =>
      perform(async () => {
        throw new SegueError('NOT_AVAILABLE', `\`segue ${name}\` comes with a later version.`)
      }),
    )
}
