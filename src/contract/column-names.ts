import { SegueError } from './errors.ts'

/**
 * Refuses output columns that a file cannot tell apart or name. The engine compares names without case, and would rename the second of
 * `id` and `ID` in silence. Throws MAPPING_INVALID.
 */
export function checkColumnNames(names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const [index, name] of names.entries()) {
    if (name === '' || name.includes('\0'))
      throw new SegueError('MAPPING_INVALID', `Column ${index + 1} has no usable name; name it in the query or in the mapping.`)
    const folded = name.toLowerCase()
    const twin = seen.get(folded)
    if (twin !== undefined) {
      const both = twin === name ? `Two columns are called "${name}"` : `The columns "${twin}" and "${name}" differ in case only`
      throw new SegueError('MAPPING_INVALID', `${both}; rename one in the query or in the mapping.`)
    }
    seen.set(folded, name)
  }
}
