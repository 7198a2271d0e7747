/** Everything that was tried against DuckDB, and the code with which each is refused. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ErrorCode } from '../../src/contract/errors.ts'
import { duckdbFile, duckdbScript } from '../helpers/databases.ts'

export const canary = 'CANARY-5d1c'

/** `@` stands for the folder with the canaries, `#` for the database's own folder of files. */
export const attacks: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  read_csv_passwd: ['SQL_NOT_ALLOWED', "SELECT * FROM read_csv('/etc/passwd', delim = ':', header = false)"],
  read_text: ['SQL_NOT_ALLOWED', "SELECT * FROM read_text('@/secret.txt')"],
  read_blob: ['SQL_NOT_ALLOWED', "SELECT * FROM read_blob('/proc/self/environ')"],
  replacement_scan: ['SQL_NOT_ALLOWED', "SELECT * FROM '@/secret.csv'"],
  replacement_scan_quoted: ['SQL_NOT_ALLOWED', 'SELECT * FROM "@/secret.csv"'],
  glob: ['SQL_NOT_ALLOWED', "SELECT * FROM glob('/etc/*')"],
  glob_scan: ['SQL_NOT_ALLOWED', "SELECT * FROM '@/*.csv'"],
  sniff: ['SQL_NOT_ALLOWED', "SELECT * FROM sniff_csv('@/secret.csv')"],
  parquet: ['SQL_NOT_ALLOWED', "SELECT * FROM read_parquet('@/secret.parquet')"],
  parquet_metadata: ['SQL_NOT_ALLOWED', "SELECT * FROM parquet_metadata('@/secret.parquet')"],
  json: ['SQL_NOT_ALLOWED', "SELECT * FROM read_json('@/secret.json')"],
  http: ['SQL_NOT_ALLOWED', "SELECT * FROM 'http://127.0.0.1:9/x.csv'"],
  copy_to: ['SQL_NOT_ONE_SELECT', "COPY (SELECT 1) TO '@/written.csv'"],
  copy_from: ['SQL_NOT_ONE_SELECT', "COPY customer FROM '@/secret.csv'"],
  export_db: ['SQL_NOT_ONE_SELECT', "EXPORT DATABASE '@/export'"],
  import_db: ['SQL_NOT_ONE_SELECT', "IMPORT DATABASE '@/export'"],
  attach_file: ['SQL_NOT_ONE_SELECT', "ATTACH '@/written.duckdb' AS x"],
  attach_mem: ['SQL_NOT_ONE_SELECT', "ATTACH ':memory:' AS x"],
  install: ['SQL_NOT_ONE_SELECT', 'INSTALL httpfs'],
  load: ['SQL_NOT_ONE_SELECT', 'LOAD httpfs'],
  load_path: ['SQL_NOT_ONE_SELECT', "LOAD '@/evil.duckdb_extension'"],
  getenv: ['SQL_NOT_ALLOWED', "SELECT getenv('HOME')"],
  set_ext: ['SQL_NOT_ONE_SELECT', 'SET enable_external_access = true'],
  reset_ext: ['SQL_NOT_ONE_SELECT', 'RESET enable_external_access'],
  set_lock: ['SQL_NOT_ONE_SELECT', 'SET lock_configuration = false'],
  reset_lock: ['SQL_NOT_ONE_SELECT', 'RESET lock_configuration'],
  pragma: ['SQL_NOT_ONE_SELECT', "PRAGMA memory_limit = '100GB'"],
  set_mem: ['SQL_NOT_ONE_SELECT', "SET memory_limit = '100GB'"],
  set_threads: ['SQL_NOT_ONE_SELECT', 'SET threads = 64'],
  set_session: ['SQL_NOT_ONE_SELECT', "SET search_path = 'main'"],
  set_allowed: ['SQL_NOT_ONE_SELECT', "SET allowed_directories = ['/']"],
  set_allowed_paths: ['SQL_NOT_ONE_SELECT', "SET allowed_paths = ['@/secret.csv']"],
  set_tempdir: ['SQL_NOT_ONE_SELECT', "SET temp_directory = '@'"],
  set_home: ['SQL_NOT_ONE_SELECT', "SET home_directory = '@'"],
  set_ext_dir: ['SQL_NOT_ONE_SELECT', "SET extension_directory = '@'"],
  set_log: ['SQL_NOT_ONE_SELECT', "CALL enable_logging(storage = 'file', storage_config = {'path': '@/log'})"],
  log_select: ['SQL_NOT_ALLOWED', "SELECT * FROM enable_logging(storage = 'file', storage_config = {'path': '@/log'})"],
  log_stdout: ['SQL_NOT_ALLOWED', "SELECT * FROM enable_logging(storage = 'stdout')"],
  log_capitals: ['SQL_NOT_ALLOWED', 'SELECT * FROM ENABLE_LOGGING()'],
  log_schema: ['SQL_NOT_ALLOWED', 'SELECT * FROM main.enable_logging()'],
  log_system: ['SQL_NOT_ALLOWED', 'SELECT * FROM system.main.enable_logging()'],
  log_lateral: ['SQL_NOT_ALLOWED', 'SELECT * FROM customer c, LATERAL (SELECT * FROM enable_logging())'],
  log_union: ['SQL_NOT_ALLOWED', 'SELECT 1 UNION ALL SELECT count(*) FROM enable_logging()'],
  log_exists: ['SQL_NOT_ALLOWED', 'SELECT EXISTS (SELECT * FROM enable_logging())'],
  log_order: ['SQL_NOT_ALLOWED', 'SELECT id FROM customer ORDER BY (SELECT count(*) FROM enable_logging()) LIMIT 1'],
  log_having: ['SQL_NOT_ALLOWED', 'SELECT id FROM customer GROUP BY id HAVING (SELECT count(*) FROM enable_logging()) > 0'],
  log_limit: ['SQL_NOT_ALLOWED', 'SELECT id FROM customer LIMIT (SELECT count(*) FROM enable_logging())'],
  log_with: ['SQL_NOT_ALLOWED', 'WITH x AS (SELECT * FROM enable_logging()) SELECT 1'],
  log_recursion: [
    'SQL_NOT_ALLOWED',
    'WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x, enable_logging() WHERE n < 2) SELECT * FROM x',
  ],
  log_window: ['SQL_NOT_ALLOWED', 'SELECT sum(id) OVER (ORDER BY (SELECT count(*) FROM enable_logging())) FROM customer'],
  log_join: ['SQL_NOT_ALLOWED', 'SELECT * FROM customer c JOIN customer d ON (SELECT count(*) FROM enable_logging()) = c.id'],
  log_lambda: ['SQL_NOT_ALLOWED', 'SELECT list_transform([1], lambda x: x + (SELECT count(*) FROM enable_logging()))'],
  log_pivot: ['SQL_NOT_ALLOWED', 'SELECT * FROM (PIVOT (SELECT * FROM enable_logging()) ON Success IN (true) USING count(*))'],
  log_values: ['SQL_NOT_ALLOWED', 'VALUES ((SELECT count(*) FROM enable_logging()))'],
  log_qualify: ['SQL_NOT_ALLOWED', 'SELECT id FROM customer QUALIFY (SELECT count(*) FROM enable_logging()) = row_number() OVER ()'],
  log_argument: ['SQL_NOT_ALLOWED', 'SELECT * FROM range((SELECT count(*) FROM enable_logging()))'],
  write_log: ['SQL_NOT_ALLOWED', "SELECT write_log('x')"],
  write_log_method: ['SQL_NOT_ALLOWED', "SELECT ('x').write_log()"],
  profiling: ['SQL_NOT_ONE_SELECT', "PRAGMA profiling_output = '@/profile.json'"],
  set_profile: ['SQL_NOT_ONE_SELECT', "SET profiling_output = '@/profile.json'"],
  enable_prof: ['SQL_NOT_ONE_SELECT', 'PRAGMA enable_profiling'],
  enable_prof_select: ['SQL_NOT_ALLOWED', "SELECT * FROM enable_profiling(save_location = '@/profile.json')"],
  create_secret: ['SQL_NOT_ONE_SELECT', "CREATE SECRET s (TYPE http, BEARER_TOKEN 'x')"],
  create_psecret: ['SQL_NOT_ONE_SELECT', "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')"],
  duckdb_settings: ['SQL_NOT_ALLOWED', 'SELECT * FROM duckdb_settings()'],
  duckdb_secrets: ['SQL_NOT_ALLOWED', 'SELECT * FROM duckdb_secrets()'],
  duckdb_views: ['SQL_NOT_ALLOWED', 'SELECT * FROM duckdb_views'],
  information_schema: ['SQL_NOT_ALLOWED', 'SELECT * FROM information_schema.tables'],
  system_catalog: ['SQL_NOT_ALLOWED', 'SELECT * FROM system.information_schema.tables'],
  checkpoint: ['SQL_NOT_ONE_SELECT', 'CHECKPOINT'],
  set_var: ['SQL_NOT_ONE_SELECT', 'SET VARIABLE x = 1'],
  get_var: ['SQL_NOT_ALLOWED', "SELECT getvariable('x')"],
  query_fn: ['SQL_NOT_ALLOWED', `SELECT * FROM query('SELECT * FROM read_text(''@/secret.txt'')')`],
  query_table: ['SQL_NOT_ALLOWED', "SELECT * FROM query_table('@/secret.csv')"],
  serialized: ['SQL_NOT_ALLOWED', "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))"],
  serialized_plan: ['SQL_NOT_ALLOWED', `SELECT json_serialize_plan('SELECT * FROM ''@/secret.csv''')`],
  create_table: ['SQL_NOT_ONE_SELECT', 'CREATE TABLE written AS SELECT 1'],
  insert: ['SQL_NOT_ONE_SELECT', 'INSERT INTO customer VALUES (9, 9)'],
  insert_cte: ['SQL_SYNTAX', 'WITH x AS (INSERT INTO customer VALUES (9, 9) RETURNING *) SELECT * FROM x'],
  drop: ['SQL_NOT_ONE_SELECT', 'DROP TABLE customer'],
  prepare: ['SQL_NOT_ONE_SELECT', 'PREPARE x AS SELECT 1'],
  explain: ['SQL_NOT_ONE_SELECT', 'EXPLAIN ANALYZE SELECT 1'],
  begin: ['SQL_NOT_ONE_SELECT', 'BEGIN'],
  shellfs: ['SQL_NOT_ALLOWED', "SELECT * FROM read_csv('ls |')"],
  dev_stdin: ['SQL_NOT_ALLOWED', "SELECT * FROM read_csv('/dev/stdin')"],
  traversal: ['SQL_NOT_ALLOWED', "SELECT * FROM read_text('#/../canaries/secret.txt')"],
  symlink: ['SQL_NOT_ALLOWED', "SELECT * FROM '@/link.csv'"],
  allowed_ok: ['SQL_NOT_ALLOWED', "SELECT * FROM '#/customer.csv'"],
  allowed_write: ['SQL_NOT_ONE_SELECT', "COPY (SELECT 1) TO '#/customer.csv'"],
  multi_stmt: ['SQL_NOT_ONE_SELECT', 'SELECT 1; SELECT 2'],
  multi_drop: ['SQL_NOT_ONE_SELECT', 'SELECT 1; DROP TABLE customer'],
  bracket: ['SQL_SYNTAX', "SELECT 1) TO '@/written.csv'; --"],
  bracket_union: ['SQL_SYNTAX', 'SELECT 1) UNION ALL SELECT * FROM (SELECT 2'],
  comment_bracket: ['SQL_SYNTAX', 'SELECT 1 /* ) */ /* '],
  current_setting: ['SQL_NOT_ALLOWED', "SELECT current_setting('temp_directory')"],
  current_query: ['SQL_NOT_ALLOWED', 'SELECT current_query()'],
  parse_duckdb_log: ['SQL_NOT_ALLOWED', "SELECT * FROM duckdb_logs_parsed('QueryLog')"],
  duckdb_temporary: ['SQL_NOT_ALLOWED', 'SELECT * FROM duckdb_temporary_files()'],
  counters: ['SQL_NOT_ALLOWED', "SELECT nextval('temp.segue_reject_1')"],
  foreign_scope: ['SQL_NOT_ALLOWED', 'SELECT * FROM (WITH "@/secret.csv" AS (SELECT 1) SELECT 1), "@/secret.csv"'],
  later_scope: ['SQL_NOT_ALLOWED', 'WITH a AS (SELECT * FROM "@/secret.csv"), "@/secret.csv" AS (SELECT 1) SELECT * FROM a'],
  own_scope: ['SQL_NOT_ALLOWED', 'WITH "@/secret.csv" AS (SELECT * FROM "@/secret.csv") SELECT * FROM "@/secret.csv"'],
  dynamic_pivot: ['SQL_NOT_ALLOWED', 'PIVOT customer ON country'],
  show: ['SQL_NOT_ALLOWED', 'SHOW ALL TABLES'],
  describe: ['SQL_NOT_ALLOWED', "DESCRIBE SELECT * FROM '@/secret.csv'"],
  summarize: ['SQL_NOT_ALLOWED', "SELECT * FROM (SUMMARIZE FROM '@/secret.csv')"],
  nul: ['SQL_NOT_ALLOWED', 'SELECT 1\0; DROP TABLE customer'],
  surrogate: ['SQL_NOT_ALLOWED', "SELECT '\uD800'"],
  long: ['SQL_NOT_ALLOWED', `SELECT '${'x'.repeat(1_000_001)}'`],
  deep: ['SQL_SYNTAX', `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
  empty: ['SQL_NOT_ONE_SELECT', ''],
  comment: ['SQL_NOT_ONE_SELECT', '-- hi'],
  semicolons: ['SQL_NOT_ONE_SELECT', ';;'],
  positional: ['PARAMETER_INVALID', 'SELECT $1'],
}

/** What the attacks are after, and the two databases that they are made on, in an empty folder. */
export async function plantCanaries(folder: string): Promise<void> {
  const [canaries, files] = [join(folder, 'canaries'), join(folder, 'files')]
  await mkdir(canaries)
  await mkdir(files)
  await writeFile(join(canaries, 'secret.txt'), canary)
  await writeFile(join(canaries, 'secret.csv'), `id,text\n1,${canary}\n`)
  await writeFile(join(canaries, 'secret.json'), `[{"text":"${canary}"}]`)
  await symlink(join(canaries, 'secret.csv'), join(canaries, 'link.csv'))
  await duckdbScript([
    `COPY (SELECT '${canary}' AS text) TO '${canaries}/secret.parquet'`,
    `COPY (SELECT 1 AS id, 'BR' AS country) TO '${files}/customer.csv'`,
  ])
  await duckdbFile(join(folder, 'shop.duckdb'), ["CREATE TABLE customer AS SELECT 1 AS id, 'BR' AS country"])
}

/** The text of an attack for those folders. */
export function aimed(sql: string, folder: string): string {
  return sql.replaceAll('@', join(folder, 'canaries')).replaceAll('#', join(folder, 'files'))
}
