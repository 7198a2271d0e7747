import type { Command } from 'commander'

/** What `segue` itself is and takes, whatever the command; for the program and for docs/cli.md. */
export function addProgramOptions(program: Command, version: string): void {
  program
    .description('Sends query results and tables to where they are used.')
    .option('--json', 'print one JSON document, result or error, on standard output')
    .option('--data-dir <folder>', 'where Segue keeps its data (SEGUE_DATA_DIR)')
    .version(version)
    .helpCommand('help [command]', 'show the help of a command')
}
