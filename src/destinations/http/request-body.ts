/** The body of a request: the rows of a batch as they came, and what stands around them. */
import type { BufferPool, Lent } from '../../contract/buffer-pool.ts'
import type { RecordBatch } from '../../contract/destination.ts'
import { fillIn, type BodyFact, type BodyTemplate } from './body-template.ts'

export type BodyForm = { readonly format: 'ndjson' } | { readonly format: 'json'; readonly template: BodyTemplate }

const lineFeed = 0x0a
const comma = 0x2c

/** The bytes of the body. Rows are copied once and not read: within JSON a line feed is written as an escape, so that each one parts two rows. */
export function renderBody(
  form: BodyForm,
  batch: Pick<RecordBatch, 'id' | 'lines' | 'now' | 'run' | 'dataset'>,
  buffers: Pick<BufferPool, 'take'>,
): Lent {
  if (form.format === 'ndjson') return joined(buffers, [batch.lines, Buffer.of(lineFeed)])
  const { holds, before, after } = form.template
  const facts: Record<BodyFact, string> = { now: batch.now, run: batch.run, batch: batch.id, dataset: batch.dataset }
  const [open, close] = holds === 'rows' ? ['[', ']'] : ['', '']
  const prefix = Buffer.from(fillIn(before, facts) + open)
  const body = joined(buffers, [prefix, batch.lines, Buffer.from(close + fillIn(after, facts))])
  if (holds === 'rows') commasForLines(body.bytes.subarray(prefix.length, prefix.length + batch.lines.length))
  return body
}

function joined(buffers: Pick<BufferPool, 'take'>, pieces: readonly Uint8Array[]): Lent {
  const lent = buffers.take(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    lent.bytes.set(piece, at)
    at += piece.length
  }
  return lent
}

function commasForLines(lines: Buffer): void {
  for (let at = lines.indexOf(lineFeed); at !== -1; at = lines.indexOf(lineFeed, at + 1)) lines.writeUInt8(comma, at)
}
