import type { DestinationContext } from '../../src/contract/destination.ts'
import { parseAllowHosts } from '../../src/net/allow-hosts.ts'
import { createNet } from '../../src/net/net.ts'

export interface TestContext extends DestinationContext {
  /** What the destination asked to remember. */
  readonly kept: Record<string, string>
}

/** The world as a connector sees it, with the real network and this machine's own servers allowed; what it remembers is there for the test to see. */
export function destinationContext(given: Partial<DestinationContext> & Pick<DestinationContext, 'settings'>): TestContext {
  const kept: Record<string, string> = {}
  return {
    secrets: {},
    net: createNet({ allow: parseAllowHosts('127.0.0.0/8 ::1'), store: null }),
    clock: () => new Date('2026-11-23T08:30:00Z'),
    signal: new AbortController().signal,
    remembered: {},
    remember: async (fact, value) => {
      kept[fact] = value
    },
    ...given,
    kept,
  }
}
