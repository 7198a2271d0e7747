import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { quantile } from './median.ts'

const run = promisify(execFile)

/** Two rates that were measured in turn. */
export interface PairFigures {
  /** Medians of each side. */
  readonly value: number
  readonly floor: number
  /** The median of the ratios of each pair: what slows the machine for a while slows both halves of a pair, and leaves their ratio alone. */
  readonly ratio: number
  readonly spread: { readonly least: number; readonly most: number }
}

/**
 * Measures ours and the floor so many times, in turn, and every other time the floor last: neither gains by its place. Both give a rate
 * (more is better).
 */
export async function measurePairs(
  runs: number,
  sides: { readonly ours: () => Promise<number>; readonly floor: () => Promise<number> },
): Promise<PairFigures> {
  const pairs: { readonly ours: number; readonly floor: number }[] = []
  for (let i = 0; i < runs; i += 1) {
    if (i % 2 === 0) {
      const floor = await sides.floor()
      pairs.push({ ours: await sides.ours(), floor })
    } else {
      const ours = await sides.ours()
      pairs.push({ ours, floor: await sides.floor() })
    }
  }
  const median = (pick: (pair: (typeof pairs)[number]) => number): number => quantile(pairs.map(pick), 0.5)
  const ratios = pairs.map(({ ours, floor }) => ours / floor)
  return {
    value: median(({ ours }) => ours),
    floor: median(({ floor }) => floor),
    ratio: quantile(ratios, 0.5),
    spread: { least: Math.min(...ratios), most: Math.max(...ratios) },
  }
}

/** Neither side starts with an old file to remove, nor while the disk still writes what the other one left. */
export async function startEven(file: string): Promise<void> {
  await rm(file, { force: true })
  await run('sync')
}
