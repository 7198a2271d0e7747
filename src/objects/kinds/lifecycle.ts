/** Draft and active: what queries and exports have in common. */
import { isDeepStrictEqual } from 'node:util'
import { SegueError } from '../../contract/errors.ts'
import type { Reading } from './kind-rules.ts'

export interface Lifecycle<C> {
  /** What runs use. */
  readonly active: C | null
  /** What is being edited. */
  readonly draft: C | null
}

/** A lifecycle without a draft that says the same as the active content. */
export function withoutIdleDraft<C>({ active, draft }: Lifecycle<C>): Lifecycle<C> {
  return { active, draft: active !== null && isDeepStrictEqual(active, draft) ? null : draft }
}

/** The lifecycle that a document describes. What is active stays active: there is no way back to a draft. */
export function lifecycleOf<C>(
  document: { readonly kind: 'query' | 'export'; readonly name: string; readonly status: 'draft' | 'active' },
  content: C,
  draft: C | null,
  reading: Pick<Reading<'query' | 'export'>, 'current' | 'note'>,
): Lifecycle<C> {
  if (document.status === 'active') return withoutIdleDraft({ active: content, draft })
  if (reading.current?.active) {
    reading.note({
      code: 'INVALID',
      pointer: '/status',
      message: `The ${document.kind} ${document.name} is active, and stays so: write "status: active", and a change that is not to be published yet as "draft".`,
    })
  }
  return { active: null, draft: content }
}

/** What stands at the top of a document: the active content, or the draft where nothing was activated yet. */
export function mainContent<C>({ active, draft }: Lifecycle<C>, name: string): C {
  const content = active ?? draft
  if (content === null) throw new SegueError('INTERNAL', `"${name}" has neither active content nor a draft.`)
  return content
}

/** The fields of a draft that differ from the active content. */
export function changedFields<C extends object>(active: C, draft: C): Partial<C> {
  return Object.fromEntries(
    Object.entries(draft).filter(([field, value]) => !isDeepStrictEqual(value, active[field as keyof C])),
  ) as Partial<C>
}
