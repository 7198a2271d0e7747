/** The environment variables of Segue, parsed once: everything after this file gets values, not text. */
import { resolve } from 'node:path'
import { z } from 'zod'
import { SegueError } from './contract/errors.ts'
import type { FieldError } from './contract/errors.ts'
import { nearest } from './contract/nearest.ts'
import { parseAllowHosts } from './net/allow-hosts.ts'
import type { AllowEntry } from './net/allow-hosts.ts'
import { defaultDataDir } from './store/data-dir.ts'

const gigabyte = 1_000_000_000

const absolutePath = z
  .string()
  .min(1, 'must not be empty')
  .transform((path) => resolve(path))

const units: Readonly<Record<string, number>> = { MB: 1_000_000, GB: gigabyte, MIB: 1024 ** 2, GIB: 1024 ** 3 }

const memorySize = z.string().transform((text, context): number => {
  const match = /^(?<amount>\d+(?:\.\d+)?) ?(?<unit>MB|GB|MiB|GiB)$/i.exec(text.trim())
  const bytes = Math.round(Number(match?.groups?.['amount']) * (units[match?.groups?.['unit']?.toUpperCase() ?? ''] ?? Number.NaN))
  if (!Number.isSafeInteger(bytes) || bytes < 64_000_000) {
    context.addIssue({ code: 'custom', message: 'must be a size of at least 64MB, such as 512MB or 2GB' })
    return z.NEVER
  }
  return bytes
})

const serverUrl = z
  .url({ protocol: /^https?$/, error: 'must be the address of a server, such as http://127.0.0.1:4400' })
  .transform((url) => url.replace(/\/+$/, ''))

const allowHosts = z.string().transform((text, context): readonly AllowEntry[] => {
  try {
    return parseAllowHosts(text)
  } catch (error) {
    if (!(error instanceof SegueError)) throw error
    for (const { message } of error.errors) context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
})

const variables = {
  SEGUE_DATA_DIR: absolutePath.optional(),
  SEGUE_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  // What an address is, and which are let in, is known by server/listen.ts.
  SEGUE_LISTEN: z.string().default('127.0.0.1:4400'),
  // The two are read by secrets/secret-key.ts, which knows what a usable key is.
  SEGUE_SECRET_KEY: z.string().optional(),
  SEGUE_SECRET_KEY_FILE: z.string().optional(),
  SEGUE_SPOOL: absolutePath.optional(),
  SEGUE_URL: serverUrl.optional(),
  SEGUE_MEMORY_LIMIT: memorySize.default(gigabyte),
  SEGUE_ALLOW_HOSTS: allowHosts.default([]),
  // Set by bin/segue: the name to use in commands that are shown.
  SEGUE_PROGRAM: z.string().optional(),
}

/** Variables of later versions: to pass over a limit or a certificate in silence would be worse than to stop. */
const laterVariables: ReadonlySet<string> = new Set([
  'SEGUE_TLS_CERT',
  'SEGUE_TLS_KEY',
  'SEGUE_WORKER_NAME',
  'SEGUE_WORKER_LABELS',
  'SEGUE_WORKER_SLOTS',
  'SEGUE_LOCAL_ROOTS',
  'SEGUE_SMTP_URL',
  'SEGUE_API_KEY',
])

export interface Environment {
  readonly dataDir: string | undefined
  readonly databaseUrl: string | undefined
  /** HOST:PORT. */
  readonly listen: string
  readonly spool: string | undefined
  /** Address of a server, without a slash at its end; where it is set, commands are sent there. */
  readonly url: string | undefined
  /** How much memory one reading process may use, in bytes. */
  readonly memoryBytes: number
  /** Hosts that are not of the public Internet and may be sent requests all the same. */
  readonly allowHosts: readonly AllowEntry[]
}

/** The data directory: `--data-dir`, SEGUE_DATA_DIR, or the place that the system has for such things. */
export function dataDirOf(given: string | undefined, environment: Environment, env: Readonly<Record<string, string | undefined>>): string {
  if (given !== undefined) return resolve(given)
  return environment.dataDir ?? defaultDataDir(env, process.platform, process.getuid?.())
}

/**
 * Reads the SEGUE_* variables. A variable that nobody knows is a warning, with the name that was probably meant.
 * @throws SegueError INVALID naming every variable at fault (never its value where that may hold a password), NOT_AVAILABLE for
 *   variables of later versions.
 */
export function parseEnvironment(env: Readonly<Record<string, string | undefined>>, onWarning: (text: string) => void): Environment {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('SEGUE_') && value !== undefined && value !== '')
  for (const [name] of given) {
    if (laterVariables.has(name)) throw new SegueError('NOT_AVAILABLE', `${name} is set, and this version does not have it yet.`)
    if (!(name in variables)) onWarning(unknownVariable(name))
  }

  const parsed = z.object(variables).safeParse(Object.fromEntries(given))
  if (!parsed.success) throw invalidEnvironment(parsed.error)
  const values = parsed.data
  return {
    dataDir: values.SEGUE_DATA_DIR,
    databaseUrl: values.SEGUE_DATABASE_URL,
    listen: values.SEGUE_LISTEN,
    spool: values.SEGUE_SPOOL,
    url: values.SEGUE_URL,
    memoryBytes: values.SEGUE_MEMORY_LIMIT,
    allowHosts: values.SEGUE_ALLOW_HOSTS,
  }
}

function invalidEnvironment(error: z.ZodError): SegueError {
  const errors: FieldError[] = error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, message: issue.message }))
  return new SegueError('INVALID', `The environment is not right: ${error.issues.map((issue) => issue.path.join('.')).join(', ')}.`, {
    errors,
  })
}

function unknownVariable(name: string): string {
  return `${name} is not a setting of Segue and is ignored.${nearest(name, Object.keys(variables))}`
}
