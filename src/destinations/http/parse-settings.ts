/** The settings of one destination, ready for use, and the rules across them. */
import { z } from 'zod'
import type { RecordLimits } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import type { SettingValues } from '../../contract/settings.ts'
import { parseOwn } from '../own-settings.ts'
import { parseBodyTemplate, type BodyTemplate } from './body-template.ts'
import { httpSettings } from './settings.ts'

const all = z.object(httpSettings)
const given = all.partial()
export type HttpSettings = z.infer<typeof all>
type SignIn = { readonly auth?: HttpSettings['auth'] | undefined; readonly authHeader?: string | undefined }

const defaultBatchRows = 500
/** The rows alone. */
const plainRows: BodyTemplate = { holds: 'rows', before: [{ text: '' }], after: [{ text: '' }] }

/** The settings after layering, with defaults. Throws SETTING_INVALID for a wrong value and for settings that do not go together. */
export function parseHttpSettings(values: SettingValues): HttpSettings {
  const settings = parseOwn(httpSettings, values)
  checkHttpSettings(values)
  return settings
}

/** The body of a request around its rows; those of NDJSON have none. */
export function bodyTemplateOf({ body }: Pick<HttpSettings, 'body'>): BodyTemplate {
  const template = body === undefined ? plainRows : parseBodyTemplate(body)
  if ('fault' in template) throw new SegueError('SETTING_INVALID', `body: ${template.fault}.`)
  return template
}

/** How the engine cuts and sends, by these settings. */
export function limitsOf(settings: HttpSettings): RecordLimits {
  return {
    batchRows: bodyTemplateOf(settings).holds === 'row' ? 1 : (settings.batchRows ?? defaultBatchRows),
    batchBytes: settings.batchBytes,
    parallel: settings.parallel,
    requestsPerSecond: settings.requestsPerSecond ?? null,
    idempotent: settings.idempotent || settings.idempotencyHeader !== undefined,
    requestMs: settings.totalSeconds * 1000,
  }
}

/**
 * Rules across settings, for the values of one layer or of several: any of them may be open still. Values that are wrong each by itself
 * are passed over, their schema tells of them. Throws SETTING_INVALID at the setting that a person would change.
 */
export function checkHttpSettings(values: SettingValues): void {
  const parsed = given.safeParse(values)
  if (!parsed.success) return
  const { auth, authHeader, headers, idempotencyHeader, format, body, batchRows } = parsed.data
  if (authHeader !== undefined && auth !== 'header') refuse('authHeader', 'goes with `auth: header` only')
  const own = new Set(Object.keys(headers ?? {}).map((name) => name.toLowerCase()))
  const ofSignIn = signInHeader({ auth, authHeader })
  if (ofSignIn !== null && own.has(ofSignIn)) refuse('headers', `holds ${ofSignIn}, which \`auth: ${auth}\` sets; leave one of them out`)
  const ofKey = idempotencyHeader?.toLowerCase()
  if (ofKey !== undefined && (own.has(ofKey) || ofKey === ofSignIn)) {
    refuse('idempotencyHeader', `${idempotencyHeader} is set by ${own.has(ofKey) ? '`headers`' : '`auth`'} too; leave one of them out`)
  }
  if (format === 'ndjson' && body !== undefined) refuse('body', 'does not go with `format: ndjson`, which is lines and nothing around them')
  if (batchRows !== undefined && batchRows > 1 && body !== undefined && bodyTemplateOf({ body }).holds === 'row') {
    refuse('batchRows', `${batchRows} does not go with a body that holds {{ row }}: each request has one row; use {{ rows }} for several`)
  }
}

/** The header that carries the sign-in, in small letters; null where there is none. */
export function signInHeader({ auth, authHeader }: SignIn): string | null {
  if (auth === undefined || auth === 'none') return null
  return auth === 'header' ? (authHeader ?? 'X-Api-Key').toLowerCase() : 'authorization'
}

function refuse(name: string, why: string): never {
  throw new SegueError('SETTING_INVALID', `${name}: ${why}.`, { errors: [{ pointer: `/${name}`, message: why }] })
}
