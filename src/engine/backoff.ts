/**
 * Exponential backoff with full jitter: any time up to twice as much as before, so that many who failed together do not come back together.
 *
 * @param attempt 1 after the first failed try
 * @param random gives a number from 0 to below 1
 * @returns milliseconds
 */
export function backoffMs(
  attempt: number,
  random: () => number,
  { baseMs, mostMs }: { readonly baseMs: number; readonly mostMs: number },
): number {
  return random() * Math.min(mostMs, baseMs * 2 ** (attempt - 1))
}
