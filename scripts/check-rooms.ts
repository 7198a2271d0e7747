/** `npm run rooms`: fails when a file of src/ imports what its room may not (scripts/rooms.ts). An argument names another project's folder. */
import { readImportGraph } from './import-graph.ts'
import { roomViolations } from './room-violations.ts'

const root = process.argv[2] ?? process.cwd()
const graph = await readImportGraph(root)
const violations = roomViolations(graph)

for (const violation of violations) console.error(violation)
if (violations.length > 0) {
  console.error(
    `\n${violations.length} violations of the table of rooms (scripts/rooms.ts; docs/architecture.md says what each room is for).`,
  )
  process.exitCode = 1
} else {
  console.log(`rooms: ${graph.imports.length} imports of ${graph.files} files keep to the table`)
}
