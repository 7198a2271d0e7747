import type { ColumnType } from '../contract/column-type.ts'

/** A column of the rows to be written: `value` is the SQL that reads it. */
export interface RowColumn {
  readonly name: string
  readonly type: ColumnType
  readonly value: string
}

/** How one format writes rows: what each column becomes, and the options of the COPY statement. */
export interface Rendering {
  readonly columns: readonly {
    /** The name in the file, as the writer of the format is to be given it. */
    readonly name: string
    readonly expression: string
    /** A condition that is FALSE for values that the settings cannot express; null where there are none. */
    readonly sayable: string | null
  }[]
  readonly options: readonly string[]
  /** A first line that is written apart from the rows, without its line ending. */
  readonly headerApart: string | null
}

/** A column whose value prints as it must stand in the file, before quotes and escapes. */
export interface TextColumn extends RowColumn {
  readonly sayable: string | null
}
