/** `npm run docs`: writes the pages that are made of the code. With `--check` it writes nothing, and fails where one is stale. */
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { cliPage } from './docs/cli-page.ts'
import { destinationsPage } from './docs/destinations-page.ts'
import { errorsPage } from './docs/errors-page.ts'
import { openApiFile } from './docs/openapi-file.ts'

const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/errors.md': errorsPage,
  'docs/destinations.md': destinationsPage,
  'docs/cli.md': cliPage,
  'docs/openapi.json': openApiFile,
}

const check = process.argv.includes('--check')
const root = resolve(import.meta.dirname, '..')
const stale: string[] = []

for (const [name, make] of Object.entries(pages)) {
  const path = resolve(root, name)
  const text = await make()
  if ((await readFile(path, 'utf8').catch(() => null)) === text) continue
  if (check) {
    stale.push(name)
  } else {
    await writeFile(path, text)
    console.log(`wrote ${name}`)
  }
}

if (stale.length > 0) {
  console.error(`Not up to date with the code: ${stale.join(', ')}. Run: npm run docs`)
  process.exitCode = 1
} else {
  console.log(`docs: ${Object.keys(pages).join(', ')} are up to date`)
}
