import type { ReaderLimits } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'
import { memoryError } from './child-limits.ts'

/** How a child ended that nobody had ended. */
export interface Death {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of what it wrote to its error output. */
  readonly lastWords: string
}

const outOfMemory = /bad_alloc|out of memory|allocation failed|cannot allocate memory/i

/** The error of the calls that a child left unanswered when it ended by itself. */
export function explainDeath(death: Death, limits: ReaderLimits): SegueError {
  if (outOfMemory.test(death.lastWords)) return memoryError(limits)
  const how = death.signal === null ? `with code ${death.code ?? 'unknown'}` : `by signal ${death.signal}`
  return new SegueError('READER_DIED', `The process that read the database ended ${how}.`)
}
