import { setTimeout as delay } from 'node:timers/promises'

/** Waits until the condition holds. Throws after `timeout` milliseconds, with what it waited for. */
export async function eventually(condition: () => boolean | Promise<boolean>, timeout = 20_000): Promise<void> {
  const start = performance.now()
  while (!(await condition())) {
    if (performance.now() - start > timeout) throw new Error(`still not so after ${timeout} ms: ${condition}`)
    await delay(20)
  }
}
