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
 * whatever the session's time zone is. Infinite timestamps print as `infinity`.
 */
export function isoTimestamp(typeName: string, timestamp: string): string {
  if (typeName === 'TIMESTAMP_S') return `strftime(${timestamp}, '%Y-%m-%dT%H:%M:%S')`
  if (typeName === 'TIMESTAMP_NS') return isoText(timestamp, `epoch_ns(${timestamp}) % 1000000000`, '%n', '')
  const micros = `epoch_us(${timestamp})`
  if (typeName !== 'TIMESTAMP WITH TIME ZONE') return isoText(timestamp, `${micros} % 1000000`, '%f', '')
  // Half the cost of AT TIME ZONE (measured). An infinite instant has no microseconds: it is NULL here.
  return `CASE WHEN ${micros} IS NULL THEN CAST(${timestamp} AS VARCHAR) ELSE ${isoText(`make_timestamp(${micros})`, `${micros} % 1000000`, '%f', 'Z')} END`
}

/** `strftime` costs little more than DuckDB's own print (measured); `replace` on the print costs twice that. */
function isoText(timestamp: string, fraction: string, digits: string, zone: '' | 'Z'): string {
  const exact = `rtrim(strftime(${timestamp}, '%Y-%m-%dT%H:%M:%S.${digits}'), '0')${zone && ` || '${zone}'`}`
  return `CASE WHEN ${fraction} <> 0 THEN ${exact} ELSE strftime(${timestamp}, '%Y-%m-%dT%H:%M:%S${zone}') END`
}
