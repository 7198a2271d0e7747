import type { DatabaseDefinition } from '../contract/database.ts'
import { duckdb } from './duckdb/definition.ts'

/** The database types of this version, by type. */
export const databaseTypes: ReadonlyMap<string, DatabaseDefinition> = new Map([duckdb].map((definition) => [definition.type, definition]))
