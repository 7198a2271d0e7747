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
  /** `"` doubles the quote; another character stands before it. */
  readonly escape: string
  readonly nullText: string
  readonly lineEnding: 'lf' | 'crlf'
  readonly fileName: string
  readonly existing: ExistingFile
  readonly emptyResult: 'send' | 'skip' | 'fail'
}
