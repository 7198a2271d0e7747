/** Bounds the requests that look for the bad rows of refused batches. */
import type { RecordPart } from './record-part.ts'

export interface Refusals {
  /** What a batch is a piece of, itself where it is none. */
  rootOf(part: RecordPart): RecordPart
  /** Counts a refused request; whether its rows may be looked for by halves. */
  refused(part: RecordPart): 'halve' | 'enough' | 'hopeless'
  accepted(): void
  adopt(children: readonly RecordPart[], parent: RecordPart): void
  forget(part: RecordPart): void
}

/** So many bad rows of a batch are found alone; where there are more, the rest is rejected together. */
const mostAlone = 32
/** So many refusals without a row accepted before them say that it is not about rows. */
const mostAtFirst = 200

export function createRefusals(wasAccepted: boolean): Refusals {
  const roots = new Map<string, RecordPart>()
  const counts = new Map<string, number>()
  let hasAccepted = wasAccepted
  let all = 0
  const rootOf = (part: RecordPart): RecordPart => roots.get(part.id) ?? part
  return {
    rootOf,
    refused(part) {
      const root = rootOf(part)
      const count = (counts.get(root.id) ?? 0) + 1
      counts.set(root.id, count)
      all += 1
      if (!hasAccepted && all >= mostAtFirst) return 'hopeless'
      return count <= mostRequests(root.rows) ? 'halve' : 'enough'
    },
    accepted() {
      hasAccepted = true
    },
    adopt(children, parent) {
      for (const child of children) roots.set(child.id, rootOf(parent))
    },
    forget(part) {
      roots.delete(part.id)
    },
  }
}

/** k bad rows among n are found with at most 2k * ceil(log2 n) requests. */
function mostRequests(rows: number): number {
  return 2 * mostAlone * Math.max(1, Math.ceil(Math.log2(rows)))
}
