/** Tables for people: aligned columns, no lines. */
import { displayWidth, shortened, visible } from './display-text.ts'

export interface TableColumn {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Shown in full, however wide: for what is copied. */
  readonly whole?: boolean
}

/** The widest that a cell is shown; `--json` has whole values. */
const widest = 60

/** Lines of a table, each with two blanks before it; cells are shown on one line each. */
export function table(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const shown = (cell: string, index: number): string => (columns[index]?.whole ? visible(cell) : shortened(visible(cell), widest))
  const cells = [columns.map((column) => column.title), ...rows].map((row) => row.map(shown))
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => displayWidth(row[index] ?? ''))))
  const line = (row: readonly string[]): string =>
    columns
      .map((column, index) => {
        const cell = row[index] ?? ''
        const blanks = ' '.repeat((widths[index] ?? 0) - displayWidth(cell))
        return column.align === 'right' ? blanks + cell : cell + blanks
      })
      .join('  ')
      .trimEnd()
  return cells.map((row) => `  ${line(row)}`).join('\n')
}
