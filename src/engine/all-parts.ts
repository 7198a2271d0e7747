import type { PartRow } from '../store/runs/parts.ts'
import type { RunStore } from './run-store.ts'

const pageSize = 5_000

/** All parts of a run in the order of their making, pieces after what they are pieces of; read page by page. */
export async function* pagesOfParts(runs: Pick<RunStore, 'parts'>, run: string): AsyncGenerator<readonly PartRow[]> {
  for (let after: string | null = null; ;) {
    const page: readonly PartRow[] = await runs.parts(run, { after, limit: pageSize })
    yield page
    if (page.length < pageSize) return
    after = page.at(-1)?.id ?? null
  }
}
