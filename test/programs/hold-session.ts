/** Opens a database and works on an endless query until it is killed: `hold-session.ts DATABASE FOLDER`. Says `open` first. */
import { openSession, rowsOf, testReader } from '../helpers/databases.ts'

const [database = '', folder = ''] = process.argv.slice(2)
const session = await openSession(testReader(folder, { spare: true }), database)
process.stdout.write('open\n')
await rowsOf(session, "SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000))")
