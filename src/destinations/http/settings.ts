/** The settings of the destination type `http`. */
import { z } from 'zod'
import { layers, settingMeta, type SettingMeta } from '../../contract/settings.ts'
import { condition, refusedStatuses, successStatuses, verdictRules } from './answer-rules.ts'
import { parseBodyTemplate } from './body-template.ts'
import { headerName, headerRecord } from './header-rules.ts'
import { jsonPointer } from './json-pointer.ts'
import { urlFault } from './url-fault.ts'

const setting = <S extends z.ZodType>(schema: S, meta: SettingMeta): S => {
  settingMeta.add(schema, meta)
  return schema
}
/** About rows, bodies and answers: any layer may know them. */
const open = <S extends z.ZodType>(schema: S, title: string, help?: string): S =>
  setting(schema, { title, layers, ...(help !== undefined && { help }) })

/** A request must be over before the lease of a run can end: the engine's limit of one request. */
const longestRequest = 15
const seconds = z.number().positive().max(longestRequest)

const url = z.string().superRefine((text, context) => {
  const fault = urlFault(text)
  if (fault !== null) context.addIssue({ code: 'custom', message: fault })
})

const body = z
  .string()
  .min(1)
  .max(100_000)
  .superRefine((text, context) => {
    const parsed = parseBodyTemplate(text)
    if ('fault' in parsed) context.addIssue({ code: 'custom', message: parsed.fault })
  })

export const httpSettings = {
  url: setting(url, { title: 'URL', help: 'Where requests go: http or https. Redirects are not followed.' }),
  method: setting(z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).default('POST'), { title: 'Method' }),
  auth: setting(z.enum(['none', 'bearer', 'basic', 'header']).default('none'), {
    title: 'Sign-in',
    help: "bearer sends the credential's token, basic its user and password, header its key in the header that `authHeader` names.",
  }),
  authHeader: setting(headerName.optional(), { title: 'Header of the key', help: 'For `auth: header`. Default: X-Api-Key.' }),
  headers: setting(headerRecord.default({}), {
    title: 'Headers',
    help: 'Names with values. A value may hold {{ secret.token }}, {{ secret.user }}, {{ secret.password }} or {{ secret.key }} of the credential.',
  }),

  format: open(z.enum(['json', 'ndjson']).default('json'), 'Format', 'json is an array of objects; ndjson is one object a line.'),
  body: open(
    body.optional(),
    'Body',
    'JSON around the rows: {"source": "segue", "batch": {{ batch }}, "records": {{ rows }}}. {{ rows }} is the array; {{ row }} in its place is the object of one row, and each request then has one. {{ now }}, {{ run }}, {{ batch }} and {{ dataset }} are JSON texts. Default: the rows alone.',
  ),
  batchRows: open(
    z.int().min(1).max(10_000).optional(),
    'Rows of a request',
    'At most so many. Default: 500, or 1 where the body holds {{ row }}.',
  ),
  batchBytes: open(z.int().min(1000).max(50_000_000).default(1_000_000), 'Bytes of a request', 'At most so many bytes of rows.'),

  parallel: setting(z.int().min(1).max(32).default(4), { title: 'Requests at once' }),
  requestsPerSecond: setting(z.number().positive().max(10_000).optional(), {
    title: 'Requests per second',
    help: 'Default: as fast as the destination answers.',
  }),
  idempotencyHeader: setting(headerName.optional(), {
    title: 'Header of the idempotency key',
    help: 'For services that do the work of one key once, such as Idempotency-Key: a batch keeps its key however often it is sent.',
  }),
  idempotent: setting(z.boolean().default(false), {
    title: 'Repeats are harmless',
    help: 'The service sets rows by their own key, so that the same batch sent again changes nothing: it is sent again where its answer was lost.',
  }),

  success: open(
    successStatuses.default(['200-299']),
    'Statuses of success',
    'Statuses and ranges. 207 is a success only with `verdicts`. An HTML page and a broken JSON document never are one.',
  ),
  successWhen: open(
    condition.optional(),
    'Success in the answer',
    'What must hold in the JSON answer: {pointer: /status, equals: ok}, a list of values in `equals`, or {pointer: /id, exists: true}.',
  ),
  verdicts: open(
    verdictRules.optional(),
    'Verdict per row',
    'Where the answer tells of each row. `results`: JSON pointer to the list. `lists`: all rows (default), or errors only. `index`: pointer in an entry to the number of its row, from `firstIndex` (0 or 1) on; without it entries are in the order of the rows. `acceptedWhen`: what holds of an entry whose row was accepted. `code` and `reason`: pointers in an entry; rows whose code is in `retryCodes` are tried again. A list of errors may be missing only where `successWhen` or `acceptedCount` is set.',
  ),
  acceptedCount: open(
    jsonPointer.optional(),
    'Number of accepted rows',
    'JSON pointer to a number that must be that of the accepted rows; otherwise the answer is not believed.',
  ),
  refusedStatuses: open(
    refusedStatuses.default([400, 413, 422]),
    'Statuses of refused rows',
    'They mean that the service took nothing because of what is in the rows: the batch is halved until the bad rows are alone.',
  ),

  testMethod: setting(z.enum(['OPTIONS', 'HEAD']).default('OPTIONS'), {
    title: 'Method of the connection test',
    help: 'It sends no rows. Any answer but 401 and 403 shows that the service is there.',
  }),
  connectSeconds: setting(seconds.default(5), { title: 'Longest wait for a connection', help: 'Seconds.' }),
  answerSeconds: setting(seconds.default(15), { title: 'Longest wait for an answer to begin', help: 'Seconds.' }),
  bodySeconds: setting(seconds.default(10), { title: 'Longest silence within an answer', help: 'Seconds.' }),
  totalSeconds: setting(seconds.default(longestRequest), { title: 'Longest request', help: 'Seconds, all included.' }),
  answerBytes: setting(z.int().min(1000).max(50_000_000).default(1_000_000), {
    title: 'Longest answer',
    help: 'Bytes; a longer one is no verdict. Raise it where a service answers much for each row.',
  }),
}

export const httpCredential = z.object({
  token: z.string().min(1).optional().register(settingMeta, { title: 'Token', help: 'For `auth: bearer`.', secret: true }),
  user: z.string().min(1).optional().register(settingMeta, { title: 'User', help: 'For `auth: basic`.', secret: true }),
  password: z.string().min(1).optional().register(settingMeta, { title: 'Password', help: 'For `auth: basic`.', secret: true }),
  key: z.string().min(1).optional().register(settingMeta, { title: 'Key', help: 'For `auth: header`.', secret: true }),
})
export type HttpSecrets = z.infer<typeof httpCredential>
