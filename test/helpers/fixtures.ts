import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Data that others made; it lies beside the checkout and is not part of it. Tests that need it are skipped, with this as their reason, where it is absent. */
export const fixturesFolder = fileURLToPath(new URL('../../../shared/fixtures', import.meta.url))
export const fixturesAbsent = existsSync(fixturesFolder) ? false : 'shared/fixtures is not beside the checkout'
