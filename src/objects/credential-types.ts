import type { z } from 'zod'
import type { Registry } from '../contract/registry.ts'

/** What credentials can open, with the secret fields of each: the types of databases and destinations that need one. */
export function credentialTypes({ databases, destinations }: Registry): ReadonlyMap<string, z.ZodObject> {
  const types = new Map<string, z.ZodObject>()
  for (const { type, credential } of [...databases.values(), ...destinations.values()]) {
    if (credential !== null && !types.has(type)) types.set(type, credential)
  }
  return types
}
