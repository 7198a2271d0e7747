import { sql } from 'kysely'
import type { Db } from './objects/object-row.ts'

/** What PostgreSQL calls its version: `18.4`, `15.18 (Debian 15.18-0+deb12u1)`. */
export async function serverVersion(db: Db): Promise<string> {
  const { rows } = await sql<{ server_version: string }>`SHOW server_version`.execute(db)
  return rows[0]?.server_version ?? 'of an unknown version'
}
