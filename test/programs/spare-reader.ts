/** Opens and closes one session of a reader that keeps a spare child, and ends: `spare-reader.ts DATABASE FOLDER`. */
import { openSession, rowsOf, testReader } from '../helpers/databases.ts'

const [database = '', folder = ''] = process.argv.slice(2)
const session = await openSession(testReader(folder, { spare: true }), database)
process.stdout.write(`${JSON.stringify(await rowsOf(session, 'SELECT 1'))}\n`)
await session.close()
