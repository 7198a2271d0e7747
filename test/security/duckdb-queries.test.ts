/** What people write: the gate refuses by what it does not know, and must know all of this. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReaderSession } from '../../src/contract/reader.ts'
import { duckdbFile, duckdbScript, openSession, removeFolder, rowsOf, testFolder, testReader } from '../helpers/databases.ts'

const customers =
  "SELECT * FROM (VALUES (1, 'ana', 'BR', DATE '2024-01-01'), (2, 'bob', 'US', DATE '2024-02-01'), (3, 'eva', 'BR', NULL)) AS t(id, name, country, since)"
const orders = 'SELECT range AS id, 1 + range % 3 AS customer_id, (range * 1.25)::DECIMAL(10, 2) AS total FROM range(12)'

const queries: Readonly<Record<string, string>> = {
  'a plain SELECT': "SELECT id, name FROM customer WHERE country = 'BR' ORDER BY id",
  'a trailing semicolon': 'SELECT * FROM customer;',
  'semicolons and comments at the end': "SELECT ';' FROM customer; -- the end; really\n ; /* ; */",
  'comments with brackets': 'SELECT 1 -- )\n/* ) /* nested ) */ */',
  'FROM first': 'FROM customer',
  'FROM first with SELECT': 'FROM customer SELECT name',
  'a table with its schema': 'SELECT * FROM main.customer',
  'other capitals': 'select * from CUSTOMER',
  'a quoted name': 'SELECT * FROM "customer"',
  TABLE: 'TABLE customer',
  VALUES: "VALUES (1, 'a'), (2, 'b')",
  'joins of all kinds':
    'SELECT c.id FROM customer c JOIN orders o ON o.customer_id = c.id LEFT JOIN orders p ON p.id = o.id SEMI JOIN customer d ON d.id = c.id CROSS JOIN (SELECT 1) x',
  'USING and NATURAL': 'SELECT * FROM customer JOIN orders USING (id) NATURAL JOIN (SELECT 1 AS id)',
  'ASOF and positional joins': 'SELECT a.id, b.total FROM customer a ASOF JOIN orders b ON a.id >= b.id POSITIONAL JOIN customer c',
  LATERAL:
    'SELECT c.name, t.total FROM customer c, LATERAL (SELECT total FROM orders o WHERE o.customer_id = c.id ORDER BY total DESC LIMIT 1) t',
  'subqueries everywhere':
    'SELECT (SELECT max(total) FROM orders), EXISTS (FROM orders), id IN (SELECT customer_id FROM orders) FROM customer WHERE id = ANY (SELECT id FROM customer)',
  'a correlated subquery': 'SELECT id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customer c',
  WITH: 'WITH a AS (SELECT * FROM customer), b AS (SELECT * FROM a) SELECT * FROM b',
  'WITH ... MATERIALIZED': 'WITH a AS MATERIALIZED (SELECT * FROM customer) SELECT a.id FROM a, a b',
  'WITH inside of a subquery': 'SELECT * FROM (WITH a AS (SELECT 1 AS x) SELECT * FROM a)',
  'WITH that hides a table': 'WITH customer AS (SELECT * FROM customer WHERE id = 1) SELECT * FROM customer',
  'WITH in the second half of UNION': 'SELECT 1 UNION ALL (WITH a AS (SELECT 2) SELECT * FROM a)',
  'a WITH that is used below UNION': 'WITH a AS (SELECT 1 AS x) SELECT x FROM a UNION SELECT x + 1 FROM a',
  recursion: 'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT * FROM t',
  'recursion with a key': 'WITH RECURSIVE t(a, b) USING KEY (a) AS (SELECT 1, 3 UNION SELECT a, b - 1 FROM t WHERE b > 0) SELECT * FROM t',
  'GROUP BY ALL and HAVING': 'SELECT country, count(*) FROM customer GROUP BY ALL HAVING count(*) > 0 ORDER BY ALL',
  'grouping sets': 'SELECT country, name, count(*) FROM customer GROUP BY GROUPING SETS ((country), (name), ())',
  'CUBE and ROLLUP': 'SELECT country, grouping(country), count(*) FROM customer GROUP BY CUBE (country)',
  'window functions':
    'SELECT id, row_number() OVER (PARTITION BY country ORDER BY id), sum(id) OVER w, lag(name IGNORE NULLS) OVER w FROM customer WINDOW w AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES)',
  QUALIFY: 'SELECT * FROM orders QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY total DESC) = 1',
  'DISTINCT ON': 'SELECT DISTINCT ON (country) country, name FROM customer ORDER BY country, name',
  'FILTER and ordered aggregates':
    "SELECT count(*) FILTER (WHERE id > 1), string_agg(name, ',' ORDER BY id DESC), quantile_cont(id, 0.5), mode() WITHIN GROUP (ORDER BY id) FROM customer",
  'LIMIT, OFFSET, per cent': 'SELECT * FROM (FROM orders LIMIT 50%) LIMIT 2 OFFSET 1',
  'UNION, EXCEPT, INTERSECT, BY NAME': 'SELECT 1 AS a UNION SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4 UNION ALL BY NAME SELECT 5 AS a',
  'samples of rows': 'SELECT * FROM orders USING SAMPLE 3 ROWS',
  'PIVOT with IN': "PIVOT customer ON country IN ('BR', 'US') USING count(*) GROUP BY name",
  'PIVOT in a subquery': "SELECT * FROM (PIVOT customer ON country IN ('BR') USING count(*))",
  'PIVOT as SQL has it': "SELECT * FROM customer PIVOT (count(*) FOR country IN ('BR', 'US'))",
  UNPIVOT:
    'UNPIVOT (SELECT id, total::VARCHAR AS total, customer_id::VARCHAR AS customer FROM orders) ON total, customer INTO NAME field VALUE text',
  lambda:
    'SELECT list_transform([1, 2, 3], lambda x: x + 1), list_filter([1, 2], lambda x: x > 1), list_reduce([1, 2], lambda a, b: a + b)',
  'list comprehension': 'SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1]',
  'structs, maps, lists': "SELECT {'a': 1, 'b': [1, 2]}.b[1], map {'k': 'v'}['k'], [1, 2, 3][1:2], row(1, 2), struct_pack(a := 1)",
  unnest: 'SELECT id, unnest([1, 2]) FROM customer',
  'unnest as a table': 'SELECT * FROM customer, unnest([id, id + 1]) AS u(x)',
  'range and generate_series': "SELECT * FROM range(3), generate_series(DATE '2024-01-01', DATE '2024-01-03', INTERVAL 1 DAY)",
  json: `SELECT '{"a": [1, {"b": 2}]}'::JSON -> 'a' ->> 0, json_extract_string('{"a": "x"}', '$.a'), to_json({'a': 1})`,
  json_each: `SELECT key, value FROM json_each('{"a": 1, "b": 2}')`,
  CASE: "SELECT CASE WHEN id = 1 THEN 'one' ELSE 'many' END, CASE country WHEN 'BR' THEN 1 END, coalesce(since, DATE '2000-01-01'), nullif(id, 1), if(id > 1, 'a', 'b') FROM customer",
  casts:
    "SELECT id::VARCHAR, TRY_CAST(name AS INTEGER), CAST('1.5' AS DECIMAL(3, 1)), '2024-01-01'::TIMESTAMP WITH TIME ZONE FROM customer",
  'dates and intervals':
    "SELECT since + INTERVAL 1 MONTH, date_trunc('month', since), extract(year FROM since), strftime(since, '%Y'), current_date, now() AT TIME ZONE 'America/Sao_Paulo', age(since) FROM customer",
  'text functions':
    "SELECT name.upper().lower(), 'a' || name, name LIKE 'a%', name ILIKE 'A%', name SIMILAR TO '.*', name ~ 'a', regexp_replace(name, 'a', 'b'), substring(name FROM 1 FOR 2), trim(BOTH 'a' FROM name), position('a' IN name), printf('%05d', id), format('{}', id) FROM customer",
  'hashes and blobs':
    "SELECT md5(name), sha256(name), hex(name), base64(encode(name)), hash(id), 'ab'::BLOB, gen_random_uuid() FROM customer",
  'star with EXCLUDE, REPLACE, COLUMNS':
    "SELECT * EXCLUDE (since) REPLACE (upper(name) AS name), COLUMNS('^i') AS 'also_\\0' FROM customer",
  'columns by position': 'SELECT #1 FROM customer ORDER BY #1',
  collation: "SELECT name FROM customer WHERE name = 'ANA' COLLATE NOCASE",
  'IS DISTINCT FROM and BETWEEN':
    'SELECT id IS DISTINCT FROM 1, id BETWEEN 1 AND 2, id NOT IN (1, 2), NOT (id = 1), since IS NULL FROM customer',
  'aliases before': 'SELECT x: id, y: name FROM c: customer',
  'reusing an alias': 'SELECT id AS n, n + 1 AS m FROM customer WHERE n > 1',
  'TRY and error': 'SELECT TRY(ln(0)) FROM customer',
  'dollar quotes and escapes': "SELECT $$it's$$, $tag$a;b$tag$, E'a\\nb'",
  'numbers of all kinds': 'SELECT 1_000, 0x1F, 1e3, 12345678901234567890123456789012345678, 0.1',
  'a list of rows': 'SELECT list({id: id, name: name}) FROM customer',
  'a table without rows': 'SELECT * FROM customer WHERE false',
}

let folder: string
const sessions: ReaderSession[] = []

beforeAll(async () => {
  folder = await testFolder()
  await mkdir(join(folder, 'files'))
  await duckdbFile(join(folder, 'shop.duckdb'), [`CREATE TABLE customer AS ${customers}`, `CREATE TABLE orders AS ${orders}`])
  await duckdbScript([`COPY (${customers}) TO '${folder}/files/customer.parquet'`, `COPY (${orders}) TO '${folder}/files/orders.csv'`])
  const reader = testReader(folder)
  sessions.push(await openSession(reader, join(folder, 'shop.duckdb')), await openSession(reader, join(folder, 'files')))
})

afterAll(async () => {
  for (const session of sessions) await session.close()
  await removeFolder(folder)
})

describe('a query may use', () => {
  test.each(Object.entries(queries))('%s', async (_, sql) => {
    for (const session of sessions) expect(await rowsOf(session, sql)).toBeInstanceOf(Array)
  })
})
