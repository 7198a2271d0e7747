/** Text for DuckDB's SQL: whatever a name or a value holds, it stays a name or a value. */

/** A quoted identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string literal. DuckDB ends a statement at a NUL, so that one is put together. */
export function sqlText(value: string): string {
  const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
  return value.includes('\0') ? `(${value.split('\0').map(literal).join(' || chr(0) || ')})` : literal(value)
}

/**
 * ISO 8601 text of a timestamp: `2024-01-02T03:04:05`, with a fraction only where it is not zero, and in UTC with `Z` for instants,
 * whatever the session's time zone is. Infinite timestamps print as `infinity`, years before 1 as negative ones.
 */
export function isoTimestamp(typeName: string, timestamp: string): string {
  if (typeName === 'TIMESTAMP_S') return `strftime(${timestamp}, '%Y-%m-%dT%H:%M:%S')`
  if (typeName === 'TIMESTAMP_NS') return anyIsoText(timestamp, `epoch_ns(${timestamp}) % 1000000000`, '%n', '')
  const micros = `epoch_us(${timestamp})`
  if (typeName !== 'TIMESTAMP WITH TIME ZONE')
    return `CASE WHEN ${timestamp} >= TIMESTAMP '0001-01-01' AND ${timestamp} < TIMESTAMP 'infinity' THEN ${plainIsoText(timestamp, '')} ELSE ${anyIsoText(timestamp, `${micros} % 1000000`, '%f', '')} END`
  // A third of the cost of AT TIME ZONE or of DuckDB's own print, which ask the time zone's rules for each value (measured).
  const utc = `make_timestamp(${micros})`
  // An infinite instant has no microseconds: it is NULL here.
  return `CASE WHEN ${micros} >= ${firstMicros} THEN ${plainIsoText(utc, 'Z')} WHEN ${micros} IS NULL THEN CAST(${timestamp} AS VARCHAR) ELSE ${anyIsoText(utc, `${micros} % 1000000`, '%f', 'Z')} END`
}

/** Microseconds since 1970 of the year 1. */
const firstMicros = '-62135596800000000'

/** For finite timestamps from the year 1 on. DuckDB prints a date and a time of day faster than anything that takes a pattern (measured). */
function plainIsoText(timestamp: string, zone: '' | 'Z'): string {
  return `concat(CAST(CAST(${timestamp} AS DATE) AS VARCHAR), 'T', CAST(CAST(${timestamp} AS TIME) AS VARCHAR)${zone && `, '${zone}'`})`
}

function anyIsoText(timestamp: string, fraction: string, digits: string, zone: '' | 'Z'): string {
  const exact = `rtrim(strftime(${timestamp}, '%Y-%m-%dT%H:%M:%S.${digits}'), '0')${zone && ` || '${zone}'`}`
  return `CASE WHEN ${fraction} <> 0 THEN ${exact} ELSE strftime(${timestamp}, '%Y-%m-%dT%H:%M:%S${zone}') END`
}
