/**
 * Functions that a query may not call, and table functions that it may.
 *
 * DuckDB's own settings already keep a query from files and the network (databases/duckdb/locked-instance.ts); this is the second wall, and
 * the only one before functions that write to logs, tell of our paths, or move our counters. Every function of the DuckDB in
 * use has been judged: test/security/duckdb-functions.test.ts fails when a new version brings one that has not.
 */

/** Table functions that make rows out of their arguments and touch nothing else. */
export const allowedTableFunctions: ReadonlySet<string> = new Set([
  'range',
  'generate_series',
  'unnest',
  'repeat',
  'json_each',
  'json_tree',
])

const reasons: Readonly<Record<string, readonly string[]>> = {
  'it runs or reads SQL that is hidden in a text': [
    'query',
    'query_table',
    'json_execute_serialized_sql',
    'json_serialize_plan',
    'json_serialize_sql',
    'json_deserialize_sql',
    'sql_auto_complete',
    'check_peg_parser',
  ],
  'it tells of the process that runs the query': [
    'current_setting',
    'getvariable',
    'getenv',
    'current_query',
    'current_connection_id',
    'current_query_id',
    'current_transaction_id',
    'txid_current',
    'get_block_size',
    'which_secret',
    'in_search_path',
    'stats',
    'vector_type',
    'obj_description',
    'shobj_description',
    'col_description',
    'pg_get_constraintdef',
    'pg_get_viewdef',
    'pg_get_expr',
  ],
  'it moves counters of the session': ['nextval', 'currval', 'setseed'],
  'it writes to or reads from logs': [
    'write_log',
    'enable_logging',
    'disable_logging',
    'truncate_duckdb_logs',
    'parse_duckdb_log_message',
    'duckdb_logs_parsed',
    'enable_profiling',
    'disable_profiling',
  ],
  'it only waits': ['sleep_ms', 'pg_sleep'],
  'it is made for the inside of the database engine': [
    'combine',
    'finalize',
    'remap_struct',
    'create_sort_key',
    'variant_bytes_to_variant',
    'variant_to_parquet_variant',
    'variant_normalize',
    'timetz_byte_comparable',
    'replace_type',
  ],
}

const reasonOf: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
)

const internal = /^__internal/
const readsFiles = /^(read_|parquet_|sniff_|glob$|duckdb_|pragma_|arrow_scan|seq_scan)/

/** Why a scalar, aggregate or window function may not be called; null where it may. */
export function whyDenied(name: string): string | null {
  if (internal.test(name)) return 'it is made for the inside of the database engine'
  if (readsFiles.test(name)) return 'it reads more than the tables of the database'
  return reasonOf.get(name) ?? null
}
