/** A command that uses a store: `node store-user.ts <dataDir>`. It says `ready`, answers each line of its input by a query, and ends with its input. */
import { createInterface } from 'node:readline'
import { SegueError } from '../../src/contract/errors.ts'
import { openStore } from '../../src/store/open-store.ts'

const said = (error: unknown): string => (error instanceof SegueError ? `${error.code} ${error.detail}` : `unexpected ${error}`)

try {
  const store = await openStore({ dataDir: process.argv[2] ?? '', onWarning: console.error })
  console.log('ready')
  for await (const _ of createInterface({ input: process.stdin })) {
    const answer = store.db.selectFrom('instance').select('id').executeTakeFirstOrThrow()
    console.log(await answer.then(({ id }) => id, said))
  }
  await store.close()
} catch (error) {
  console.log(said(error))
}
