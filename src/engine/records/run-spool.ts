import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SpoolSession } from '../../contract/reader.ts'
import { deadlineMs } from '../connections.ts'
import { spoolName } from '../run-work.ts'
import { foldersOf } from './record-ledger.ts'
import type { RecordWork } from './record-work.ts'

/** The session that works on the run's files. Opened when it is first asked for: before that, the database's needs the machine. */
export interface RunSpool {
  session(): Promise<SpoolSession>
  /** The session where it is open by now. */
  opened(): SpoolSession | null
}

/** Makes the run's folder. The session is closed when the run's work ends. */
export async function prepareSpool({ deps, lease, run, epoch, open }: RecordWork): Promise<RunSpool> {
  await mkdir(join(deps.spoolDir, spoolName(run, epoch)), { recursive: true, mode: 0o700 })
  let opening: Promise<SpoolSession> | null = null
  let opened: SpoolSession | null = null
  open.defer(async () => (await opening?.catch(() => null))?.close())
  const start = async (): Promise<SpoolSession> => {
    const found = await deps.runs.load(run)
    opened = await deps.reader.openSpool({ folders: foldersOf(deps, found), deadlineMs, signal: lease.signal })
    return opened
  }
  return { session: () => (opening ??= start()), opened: () => opened }
}
