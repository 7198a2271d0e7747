/**
 * The misbehaving server as a program: `misbehaving-server.ts RECORD [OPTIONS]`. It prints its port and serves until it is ended. RECORD is a file that
 * gets a line of JSON per request before that is answered; OPTIONS are those of startMisbehavingServer as JSON.
 */
import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { startMisbehavingServer } from '../helpers/misbehaving-server.ts'
import { misbehaviour } from '../helpers/misbehaviour.ts'

const optionsSchema = z.strictObject({
  queue: z.array(misbehaviour).default([]),
  otherwise: misbehaviour.default({ do: 'accept' }),
  keyHeader: z.string().default('idempotency-key'),
  honoursKeys: z.boolean().default(false),
  keepsRows: z.boolean().default(true),
  port: z.int().default(0),
})

const [record = '', options = '{}'] = process.argv.slice(2)
const { port } = await startMisbehavingServer({
  ...optionsSchema.parse(JSON.parse(options)),
  onRequest: ({ body: _, headers: __, ...request }) => appendFileSync(record, `${JSON.stringify(request)}\n`),
})
process.stdout.write(`${port}\n`)
