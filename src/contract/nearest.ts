import { distance } from 'fastest-levenshtein'

/** The candidate that was most likely meant: the nearest one, unless more than two fifths of it (at least two letters) would have to change. */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  const wanted = name.toLowerCase()
  let best: string | null = null
  let least = Math.max(2, Math.floor(name.length * 0.4)) + 1
  for (const candidate of candidates) {
    const changes = distance(wanted, candidate.toLowerCase())
    if (changes < least && changes < Math.max(name.length, candidate.length)) {
      best = candidate
      least = changes
    }
  }
  return best
}

/** The suggestion that ends a message about an unknown name: ` Did you mean "email"?`, or nothing where no candidate is near. */
export function nearest(name: string, candidates: Iterable<string>): string {
  const found = nearestName(name, candidates)
  return found === null ? '' : ` Did you mean "${found}"?`
}
