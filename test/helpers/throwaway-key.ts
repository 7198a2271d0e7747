import { generateKeyPairSync } from 'node:crypto'

/** A new private key in PEM that nobody knows. (ssh2's own generator makes one in a hundred that nothing can read.) */
export function throwawayKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'sec1' }).toString()
}
