import { SegueError } from '../contract/errors.ts'
import type { ErrorCode } from '../contract/errors.ts'
import { placeOfByte } from './positions.ts'

/** When an error came: while a statement was looked at, or while it ran. */
export type Phase = 'prepare' | 'run'

export interface StatementPlace {
  /** The person's text, where the statement holds one. */
  readonly sql: string
  /** Bytes of the statement before that text. */
  readonly before: number
}

interface EngineError {
  readonly type: string
  readonly message: string
  readonly position: number | null
  readonly errno: string | null
}

const longestDetail = 1000

/**
 * What a person is told about an error of DuckDB (which sends JSON: `errors_as_json`). `place` says where the person's text stands
 * in the statement that failed, so that line and column are theirs; null where it is not their text that failed.
 */
export function sqlError(error: unknown, phase: Phase, place: StatementPlace | null): SegueError {
  if (error instanceof SegueError) return error
  const engine = readEngineError(error)
  const detail = detailOf(engine)
  const code = codeOf(engine, phase)
  const at = place && engine.position !== null ? placeOfByte(place.sql, engine.position - place.before) : null
  return new SegueError(code, at ? `Line ${at.line}, column ${at.column}: ${detail}` : detail, at ?? {})
}

function codeOf(error: EngineError, phase: Phase): ErrorCode {
  if (error.type === 'Out of Memory' || /bad_alloc|allocation failure/i.test(error.message)) return 'QUERY_MEMORY'
  if (error.errno === '28' || /no space left on device/i.test(error.message)) return 'DISK_FULL'
  if (error.type === 'Permission') return 'SQL_NOT_ALLOWED'
  if (error.type === 'Parser') return 'SQL_SYNTAX'
  return phase === 'prepare' || error.type === 'Binder' || error.type === 'Catalog' ? 'SQL_INVALID' : 'SQL_FAILED'
}

function detailOf(error: EngineError): string {
  // Such messages name paths and settings of this process, or hold a stack.
  if (error.type === 'Permission') return 'The query reaches for something outside of the database.'
  if (error.type === 'INTERNAL' || error.type === 'FATAL') return 'The database engine met an error of its own.'
  if (/max_temp_directory_size/.test(error.message)) return 'The query needs more room on disk for intermediate results than it may have.'
  // What follows the first empty line, or "Possible solutions", is advice for people who can change the engine's settings.
  const [told = ''] = error.message.split(/\n\s*\n|\nPossible (?:solutions|fixes)/)
  const clean = told
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/ See also https:\S+$/, '')
  return clean.length > longestDetail ? `${clean.slice(0, longestDetail)} ...` : /[.!?]$/.test(clean) ? clean : `${clean}.`
}

/** The parts of a DuckDB error; a message that is not JSON is taken as it is. */
export function readEngineError(error: unknown): EngineError {
  const message = error instanceof Error ? error.message : String(error)
  const parsed = parseObject(message)
  if (!parsed) return { type: '', message, position: null, errno: null }
  const position = parsed.get('position')
  return {
    type: parsed.get('exception_type') ?? '',
    message: parsed.get('exception_message') ?? '',
    position: position === undefined ? null : Number(position),
    errno: parsed.get('errno') ?? null,
  }
}

function parseObject(text: string): ReadonlyMap<string, string> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value).map(([key, inner]) => [key, String(inner)])) : null
  } catch {
    return null
  }
}
