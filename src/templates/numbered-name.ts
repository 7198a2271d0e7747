/** Suffixes that stand for a wrapping of the file, so that the number goes before the real extension: `report_1.csv.gz`. */
const wrappings = /\.(?:gz|zst|bz2|zip|pgp|gpg|asc)$/i
const extension = /\.[^./]+$/

/** The name with a number before its extension: `in/report.csv.gz`, 2 -> `in/report_2.csv.gz`; 0 is the name itself. */
export function numberedName(name: string, number: number): string {
  if (number === 0) return name
  const slash = name.lastIndexOf('/') + 1
  const file = name.slice(slash)
  const wrapping = wrappings.exec(file)?.[0] ?? ''
  const bare = file.slice(0, file.length - wrapping.length)
  const ending = (bare.lastIndexOf('.') > 0 ? (extension.exec(bare)?.[0] ?? '') : '') + wrapping
  const stem = file.slice(0, file.length - ending.length)
  return stem === '' ? `${name}_${number}` : `${name.slice(0, slash)}${stem}_${number}${ending}`
}

/** How many names `existing: number` tries before it gives up: thousands of files of one name are a mistake, not a wish. */
export const mostNumbers = 9999
