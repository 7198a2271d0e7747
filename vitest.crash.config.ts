import { defineConfig } from 'vitest/config'

/** Processes that are killed while they work: minutes, and not part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/crash/*.test.ts'],
    globalSetup: ['test/helpers/global-setup.ts', 'test/crash/reliability-page.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Times are measured: one file after the other.
    fileParallelism: false,
  },
})
