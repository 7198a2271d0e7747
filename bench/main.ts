/**
 * npm run bench [-- files|transfer|engine|http ...] [--json] [--runs N]: each figure as a ratio to the floor that was measured in the same run. Exit code 1 where a gate is missed.
 */
import { parseArgs } from 'node:util'
import { benchEngine } from './engine.ts'
import { benchFiles } from './files.ts'
import { gateOf, type BenchRow } from './bench-row.ts'
import { benchHttp } from './http.ts'
import { benchTransfer } from './transfer.ts'

const suites: Record<string, (options: { readonly runs: number }) => Promise<BenchRow[]>> = {
  files: benchFiles,
  transfer: benchTransfer,
  engine: benchEngine,
  http: benchHttp,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '5' } },
})
const chosen = positionals.length > 0 ? positionals : Object.keys(suites)
const measured: BenchRow[] = []
for (const name of chosen) {
  const suite = suites[name]
  if (!suite) {
    process.stderr.write(`There is no benchmark "${name}"; there are ${Object.keys(suites).join(', ')}.\n`)
    process.exit(2)
  }
  measured.push(...(await suite({ runs: Number(values.runs) })))
}

if (values.json) {
  const documents = measured.map(({ name, unit, value, floor, ratio, gate, peakMemoryMB, memoryGateMB = null }) => ({
    name,
    unit,
    value,
    floor,
    ratio,
    gate,
    peakMemoryMB,
    memoryGateMB,
  }))
  process.stdout.write(`${JSON.stringify(documents, null, 2)}\n`)
} else {
  for (const row of measured) {
    const figures = `${row.value.toFixed(row.unit === 'ms' ? 0 : 1)} ${row.unit}, floor ${row.floor.toFixed(1)}, ratio ${row.ratio.toFixed(3)}${row.spread ? ` (${row.spread.least.toFixed(2)} to ${row.spread.most.toFixed(2)})` : ''}`
    process.stdout.write(
      `${row.name.padEnd(20)} ${figures}, ${row.peakMemoryMB ?? '-'} MB, gate ${gateOf(row).text}: ${gateOf(row).met ? 'met' : 'MISSED'}\n`,
    )
  }
}
process.exit(measured.every((row) => gateOf(row).met) ? 0 : 1)
