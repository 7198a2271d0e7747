import type { Net } from '../contract/net.ts'
import type { Reader } from '../contract/reader.ts'
import type { Registry } from '../contract/registry.ts'
import type { Store } from '../store/open-store.ts'
import type { Configuration } from './configuration.ts'

/** What the engine is made of; app.ts hands it over. */
export interface EngineDependencies {
  readonly store: Store
  readonly objects: Configuration
  readonly reader: Reader
  readonly registry: Registry
  readonly net: Net
  readonly clock: () => Date
  /** Where runs keep what is on its way; one folder per run and epoch below it, mode 0700. */
  readonly spoolDir: string
  readonly onWarning: (text: string) => void
}
