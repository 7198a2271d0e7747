/** One measured figure beside its floor of the same run. */
export interface BenchRow {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly floor: number
  /** How close to the floor: 1 is as good. For times floor / value, for rates value / floor. */
  readonly ratio: number
  /** The least and the most of the ratios that `ratio` is the median of; absent where it is not made of pairs. */
  readonly spread?: { readonly least: number; readonly most: number }
  /** The ratio that must be reached, or, in milliseconds, the time that must not be passed; null where there is none. */
  readonly gate: number | null
  /** Of the whole process tree, the store's processes apart; null where it was not measured. */
  readonly peakMemoryMB: number | null
  readonly memoryGateMB?: number | null
}

/** Whether a row meets its gates, with their text. */
export function gateOf({ unit, value, ratio, gate, peakMemoryMB, memoryGateMB }: BenchRow): { met: boolean; text: string } {
  const speed = gate === null || (unit === 'ms' ? value <= gate : ratio >= gate)
  // What was not measured is not met.
  const memory = memoryGateMB == null || (peakMemoryMB !== null && peakMemoryMB <= memoryGateMB)
  const text = `${gate === null ? 'none' : unit === 'ms' ? `<= ${gate} ms` : `>= ${gate}`}${memoryGateMB == null ? '' : `, <= ${memoryGateMB} MB`}`
  return { met: speed && memory, text }
}
