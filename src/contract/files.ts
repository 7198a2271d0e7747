/** The settings of rendered files, after layering and parsing: what the renderer needs. The schemas are in files/settings.ts. */
import type { ExistingFile } from './destination.ts'

export type FileFormat = 'csv' | 'tsv' | 'psv' | 'ndjson' | 'parquet'
export type QuoteMode = 'all' | 'non_null' | 'needed' | 'non_numeric' | 'none'

export interface FileSettings {
  readonly format: FileFormat
  /** One character; set by tsv and psv. */
  readonly delimiter: string
  readonly header: boolean
  readonly headerQuote: 'all' | 'needed' | 'none'
  readonly quote: QuoteMode
  /** `"` doubles the quote; another character stands before it (and before itself). With quote `none`: `"` is no escape, another character stands before delimiters, line breaks and itself. */
  readonly escape: string
  readonly nullText: string
  readonly lineEnding: 'lf' | 'crlf'
  readonly fileName: string
  readonly existing: ExistingFile
  readonly emptyResult: 'send' | 'skip' | 'fail'
}

/** A check of rows that runs inside the one pass of a render: which column it is about, and the code of the rows that it rejects. */
export interface RowCheck {
  /** An output column's name. */
  readonly column: string
  readonly code: 'CAST_FAILED' | 'VALUE_NOT_EXPRESSIBLE'
}
