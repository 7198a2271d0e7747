import type { DestinationDefinition } from '../contract/destination.ts'
import { http } from './http/definition.ts'
import { local } from './local/definition.ts'
import { sftp } from './sftp/definition.ts'

/** Every destination type, by its name in configuration. */
export const destinationTypes: ReadonlyMap<string, DestinationDefinition> = new Map(
  [local, sftp, http].map((definition) => [definition.type, definition]),
)
