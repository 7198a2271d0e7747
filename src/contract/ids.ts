import { v7 } from 'uuid'

/** The prefix of each kind of id: an id tells what it names (`run_...`, `qry_...`). */
export const idPrefixes = {
  database: 'db',
  query: 'qry',
  export: 'exp',
  credential: 'crd',
  destination: 'dst',
  template: 'tpl',
  orchestration: 'orc',
  run: 'run',
  part: 'part',
  instance: 'ins',
  key: 'key',
} as const

/** A new immutable id: type prefix + UUIDv7 (RFC 9562), which sorts by time. */
export function newId(kind: keyof typeof idPrefixes): string {
  return `${idPrefixes[kind]}_${v7().replaceAll('-', '')}`
}

/** True where a reference is an id of that kind rather than a name. */
export function isId(kind: keyof typeof idPrefixes, text: string): boolean {
  return new RegExp(`^${idPrefixes[kind]}_[0-9a-f]{32}$`).test(text)
}
