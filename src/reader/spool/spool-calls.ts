/** What the child does for the calls of a spool session. */
import { stat } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { RejectedRow, RejectReason } from '../../contract/runs.ts'
import type { Calls } from '../messages.ts'
import { sqlError } from '../sql-errors.ts'
import { parquetRows } from './frozen-files.ts'
import { ledgerStatement, plainLedgerStatement } from './ledger.ts'
import { linesStatement } from './lines.ts'
import { openSpoolInstance } from './open-spool.ts'
import { countRefused, refuseStatement } from './refuse.ts'
import { exportRejectedStatement, freezeRejectedStatement, readRejectedStatement, rejectedStatement } from './rejected.ts'

type SpoolCallName = 'openSpool' | 'refuse' | 'lines' | 'ledger' | 'rejected' | 'readRejected' | 'exportRejected' | 'freezeRejected'
export type SpoolHandlers = { readonly [N in SpoolCallName]: (request: Calls[N]['request']) => Promise<Calls[N]['result']> }

export function spoolCalls(): SpoolHandlers {
  let opened: DuckDBConnection | null = null
  /** Whether a file of refused rows has any: it is asked for each window. */
  const refusals = new Map<string, boolean>()

  const rowsOf = async (statement: string): Promise<unknown[][]> => {
    if (!opened) throw new Error('the spool is not open')
    try {
      return (await opened.runAndReadAll(statement)).getRowsJson()
    } catch (error) {
      throw sqlError(error, 'run', null)
    }
  }
  const write = async (statement: string): Promise<number> => {
    if (!opened) throw new Error('the spool is not open')
    try {
      return (await opened.run(statement)).rowsChanged
    } catch (error) {
      throw sqlError(error, 'run', null)
    }
  }
  const reasonsIn = async (path: string): Promise<RejectReason[]> =>
    (await rowsOf(countRefused(path))).map(([code, column, rows]) => ({
      code: String(code),
      column: typeof column === 'string' ? column : null,
      rows: Number(rows),
    }))
  const countRows = async (path: string): Promise<number> => Number((await rowsOf(`SELECT count(*) FROM ${parquetRows(path)}`))[0]?.[0])
  const hasRefused = async ({ refused }: { readonly refused: string }): Promise<boolean> => {
    const known = refusals.get(refused) ?? (await countRows(refused)) > 0
    refusals.set(refused, known)
    return known
  }
  return {
    async openSpool(context) {
      opened = await openSpoolInstance(context)
      return null
    },
    async refuse(request) {
      await write(refuseStatement(request))
      const reasons = await reasonsIn(request.output)
      refusals.set(request.output, reasons.length > 0)
      return reasons
    },
    async lines(request) {
      await write(linesStatement(request, await hasRefused(request)))
      return null
    },
    async ledger(request) {
      const has = { refused: await hasRefused(request), rows: (await stat(request.rows)).size > 0 }
      const hasOnlyRanges = !has.refused && !has.rows && request.verdicts.length === 0
      const isPlain = hasOnlyRanges && !request.hasKey && request.skippedFrom >= (await countRows(request.frozen))
      return { rows: await write(isPlain ? plainLedgerStatement(request) : ledgerStatement(request, has)) }
    },
    async rejected(request) {
      return { rows: await write(rejectedStatement(request)), reasons: await reasonsIn(request.output) }
    },
    readRejected: async (request) => (await rowsOf(readRejectedStatement(request))).map(rejectedRowOf),
    exportRejected: async (request) => ({ rows: await write(exportRejectedStatement(request)) }),
    freezeRejected: async (request) => ({ rows: await write(freezeRejectedStatement(request)) }),
  }
}

function rejectedRowOf([row, key, code, column, reason, part, attempt, at, values, request, answer]: unknown[]): RejectedRow {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    row: Number(row),
    key: text(key),
    code: text(code) ?? '',
    column: text(column),
    reason: text(reason) ?? '',
    part: text(part),
    attempt: attempt === null || attempt === undefined ? null : Number(attempt),
    at: text(at),
    values: text(values) ?? '',
    request: text(request),
    answer: text(answer),
  }
}
