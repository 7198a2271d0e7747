import pg from 'pg'

/**
 * Host and port of the store at a database URL (SEGUE_DATABASE_URL), as the driver reads them: with what PGHOST and PGPORT add, and
 * hosts and sockets that stand in the query. Null where it is reached through a unix socket: the embedded store, for which there is no URL, always is.
 */
export function tcpAddressOf(databaseUrl: string | undefined): { readonly host: string; readonly port: number } | null {
  if (databaseUrl === undefined) return null
  const { host, port } = new pg.Client({ connectionString: databaseUrl })
  return host.startsWith('/') ? null : { host: host.replace(/^\[|\]$/g, ''), port }
}
