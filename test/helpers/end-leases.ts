import pg from 'pg'

/** Ends every lease of a store at once, as if its time had passed: what a killed worker had is anybody's. */
export async function endLeases(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query("UPDATE segue.run SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL")
  } finally {
    await client.end()
  }
}
