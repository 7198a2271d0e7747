import { Command } from 'commander'
import { addCommands } from '../../src/cli/commands.ts'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { addProgramOptions } from '../../src/cli/program-options.ts'
import { code, page, table } from './markdown.ts'

const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  succeeded: 'it succeeded',
  unexpected: 'something unexpected happened',
  usage: 'the command was used wrongly',
  changes: '`segue plan --detailed-exitcode`: there are changes',
  notAllowed: 'it is not allowed',
  notFound: 'there is no such thing',
  conflict: 'something stands in the way',
  invalid: 'the input is not valid',
  failed: 'a run failed or was cancelled, or a test failed',
  rejects: 'the run ended with rejected rows',
  stillRunning: 'the run still goes on',
  unreachable: 'the server cannot be reached',
  needsPerson: 'a person has to decide: held, blocked or needs review',
  interrupted: 'it was interrupted (Ctrl-C)',
}

/** Every command with its arguments and options, made of the program itself. */
export function cliPage(): string {
  const program = new Command('segue')
  addProgramOptions(program, '')
  addCommands(program, async () => {})
  return page('The command line', 'the commands in src/cli', [
    'Results go to standard output, everything for people to standard error. With `--json` a command prints one JSON document, result or error. Without a server at `SEGUE_URL`, commands work in their own process on the data directory.',
    '## Options of every command',
    optionsTable(program),
    '## Commands',
    ...commandSections(program, 'segue'),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      Object.entries(exitCodes).map(([name, number]) => [String(number), exitCodeMeanings[name as keyof typeof exitCodes]]),
    ),
  ])
}

function commandSections(parent: Command, path: string): string[] {
  return visibleCommands(parent).flatMap((command) => {
    const spoken = `${path} ${command.name()}`
    const words = command.registeredArguments.map((argument) => {
      const name = argument.variadic ? `${argument.name()}...` : argument.name()
      return argument.required ? `<${name}>` : `[${name}]`
    })
    const described = command.registeredArguments.filter((argument) => argument.description !== '')
    return [
      `### ${code([spoken, ...words].join(' '))}`,
      sentence(command.description()),
      ...(described.length > 0
        ? [
            table(
              ['argument', 'what it is'],
              described.map((argument) => [code(argument.name()), argument.description]),
            ),
          ]
        : []),
      ...(command.options.some((option) => !option.hidden) ? [optionsTable(command)] : []),
      ...commandSections(command, spoken),
    ]
  })
}

function optionsTable(command: Command): string {
  const shown = command.options.filter((option) => !option.hidden)
  return table(
    ['option', 'what it does'],
    shown.map((option) => [code(option.flags), option.description]),
  )
}

/** Commands of later versions are hidden; commander's own `help` explains itself. */
function visibleCommands(parent: Command): readonly Command[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => command.name() !== 'help')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
