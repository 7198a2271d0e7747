/**
 * A worker that ends as if the power had gone, or stops as if its machine was suspended, when a crash point is reached for the n-th time:
 * `crash-worker.ts DATA_DIR DATABASE_URL [POINT NTH SIGNAL]`. It says "ready", then each crash point on a line, and works until it is ended.
 */
import { writeSync } from 'node:fs'
import { openSegue } from '../../src/app.ts'
import { crashTimings } from '../helpers/crash-timings.ts'

const [dataDir = '', databaseUrl = '', point = '', nth = '0', signal = 'SIGKILL'] = process.argv.slice(2)
let left = Number(nth)
// Written at once: what is in a stream's memory dies with the process.
const say = (line: string): void => void writeSync(1, `${line}\n`)

const segue = await openSegue({
  dataDir,
  env: { ...process.env, ...(databaseUrl !== '' && { SEGUE_DATABASE_URL: databaseUrl }), SEGUE_ALLOW_HOSTS: '127.0.0.1' },
  onWarning: (text) => void writeSync(2, `${text}\n`),
  scope: 'all',
  timings: crashTimings,
  reached(name) {
    say(name)
    if (name !== point) return
    left -= 1
    if (left === 0) process.kill(process.pid, signal)
  },
})
process.on('SIGTERM', () => void segue.close().then(() => process.exit(0)))
say('ready')
