/** What `segue demo` starts from: the shop's files, and the configuration that names them. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigurationInput } from './contract/documents.ts'
import { demoDocuments, demoNames } from './demo/documents.ts'
import { makeShop } from './demo/shop.ts'
import type { Shop } from './demo/shop.ts'
import { dataDirOf, parseEnvironment } from './environment.ts'

export interface PreparedDemo {
  readonly dataDir: string
  readonly shop: Shop
  /** Where the demo's destination writes. */
  readonly outbox: string
  readonly documents: readonly ConfigurationInput[]
  readonly query: string
  readonly orchestrations: readonly string[]
}

/** Makes (again) `<data dir>/demo/shop` and `<data dir>/demo/outbox`. What is in the outbox stays. */
export async function prepareDemo(options: {
  dataDir: string | undefined
  env: Readonly<Record<string, string | undefined>>
}): Promise<PreparedDemo> {
  const dataDir = dataDirOf(
    options.dataDir,
    parseEnvironment(options.env, () => {}),
    options.env,
  )
  const folder = join(dataDir, 'demo')
  const outbox = join(folder, 'outbox')
  await mkdir(outbox, { recursive: true })
  const shop = await makeShop(folder)
  return {
    dataDir,
    shop,
    outbox,
    documents: demoDocuments({ shop: shop.folder, outbox }),
    query: demoNames.query,
    orchestrations: [demoNames.queryOrchestration, demoNames.exportOrchestration],
  }
}
