/** The command line as a whole: from arguments to an exit code. */
import { Command, CommanderError } from 'commander'
import { SegueError, toProblem } from '../contract/errors.ts'
import type { World, Perform, Work } from './command.ts'
import { addCommands } from './commands.ts'
import { connection } from './connection.ts'
import { exitCodeOfError, exitCodes } from './exit-codes.ts'
import { exitCodeOfInterrupt, Interrupted } from './interrupt.ts'
import { createOutput } from './output.ts'
import type { Output } from './output.ts'
import { addProgramOptions } from './program-options.ts'

/** Runs one command and gives its exit code; never throws. `version` is what `segue --version` says. */
export async function runCommandLine(args: readonly string[], world: World, version: string): Promise<number> {
  const colour = world.stderr.isTTY === true && (world.env['NO_COLOR'] ?? '') === ''
  const output = createOutput(world, { json: asksForJson(args), colour })
  let exitCode: number = exitCodes.succeeded
  const program = new Command('segue')
  const perform: Perform = async (work) => {
    exitCode = await performed(work, program.opts<{ dataDir?: string }>().dataDir, world, output)
  }

  // What commander prints is kept: whether it is a result or a mistake is known only when it has stopped.
  let printed = ''
  const print = (text: string): void => {
    printed += text
  }
  addProgramOptions(program, version)
  program.exitOverride().configureOutput({ writeOut: print, writeErr: print, outputError: print }).showSuggestionAfterError()
  addCommands(program, perform)

  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, output)
    return stopped(error, printed, output)
  }
}

async function performed(work: Work, dataDir: string | undefined, world: World, output: Output): Promise<number> {
  const connect = connection(dataDir, world, (text) => output.note(`Warning: ${text}`))
  try {
    return await work({ world, output, dataDir, connect: connect.open })
  } catch (error) {
    return reportError(error, output)
  } finally {
    await connect.close()
  }
}

function reportError(error: unknown, output: Output): number {
  if (error instanceof Interrupted) {
    if (output.json) output.result({ interrupted: error.signal }, '')
    output.note('Interrupted.')
    return exitCodeOfInterrupt(error)
  }
  const problem = toProblem(error)
  output.problem(problem)
  // An unexpected error is the one case in which the stack helps: the person at this terminal is the one to report it.
  if (problem.code === 'INTERNAL' && error instanceof Error && !(error instanceof SegueError)) output.note(error.stack ?? error.message)
  return exitCodeOfError(problem.code)
}

/** Commander stops by throwing: for help and version, which are results, and for wrong usage. */
function stopped(error: CommanderError, printed: string, output: Output): number {
  const text = printed.trim()
  if (error.exitCode === 0) {
    output.result(error.code === 'commander.version' ? { version: text } : { help: text }, text)
    return exitCodes.succeeded
  }
  // `segue` alone, or `segue runs` with a wrong word: the help says more than any sentence.
  if (error.code === 'commander.help' && !output.json) {
    output.note(text)
    return exitCodes.usage
  }
  const detail = error.code === 'commander.help' ? 'No command was given.' : text.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')
  output.problem(toProblem(new SegueError('USAGE', detail)))
  return exitCodeOfError('USAGE')
}

/** Known before the arguments are parsed, so that a mistake in them is JSON too. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).includes('--json')
}
