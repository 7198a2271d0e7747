import { circlesOf } from './circles.ts'
import type { Import, ImportGraph } from './import-graph.ts'
import { connectorRooms, mayImport } from './rooms.ts'

/** What the table of rooms has against a graph of imports: one sentence for each, none when all is well. */
export function roomViolations(graph: ImportGraph): string[] {
  return [
    ...(graph.files === 0 ? ['no file of src/ was read'] : []),
    ...graph.unread.map((file) => `${file} does not parse, so that its imports are not known`),
    ...graph.imports.flatMap(({ from, to, kind }) => {
      const fault = isTest(from) ? null : faultOf({ from, to, kind })
      return fault === null ? [] : [`${from} imports ${to}: ${fault}`]
    }),
    ...circlesOf(graph.imports).map((circle) => `circle: ${circle.join(' -> ')}`),
  ]
}

function faultOf({ from, to, kind }: Import): string | null {
  if (kind === 'unresolved') return 'there is no such file or package'
  if (kind === 'development package') return 'it is in devDependencies, which an installation does not have'
  if (kind === 'package') return null
  if (!to.startsWith('src/')) return 'it is outside src/'
  if (isTest(to)) return 'it is a test'

  const [fromRoom, toRoom] = [roomOf(from), roomOf(to)]
  const allowed = mayImport[fromRoom]
  if (!allowed) return `the room ${fromRoom} is not in the table`
  if (fromRoom === toRoom) {
    const [mine, theirs] = [connectorOf(from), connectorOf(to)]
    return mine !== null && theirs !== null && mine !== theirs ? `the connector ${mine} may not import the connector ${theirs}` : null
  }
  if (allowed.includes(toRoom) || allowed.includes(to.slice('src/'.length))) return null
  return `${fromRoom} may import ${allowed.join(', ') || 'nothing'}`
}

const isTest = (file: string): boolean => file.endsWith('.test.ts')

/** `src/engine/plan.ts` is in the room `engine`; `src/app.ts` is in the room `app`. */
function roomOf(file: string): string {
  const parts = file.split('/')
  return parts.length > 2 ? (parts[1] ?? 'app') : 'app'
}

/** `src/destinations/sftp/upload.ts` is of the connector `sftp`; `src/destinations/registry.ts` of none. */
function connectorOf(file: string): string | null {
  const parts = file.split('/')
  return connectorRooms.includes(roomOf(file)) && parts.length > 3 ? (parts[2] ?? null) : null
}
