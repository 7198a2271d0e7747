/**
 * The law of imports: which room (folder of src/) may import which. `npm run rooms` checks it, docs/architecture.md explains it.
 * A better table is welcome: change it here, and say why in docs/decisions/.
 */

/** What a room may import besides itself: rooms, or single files of a room. Files that stand directly in src/ are the room `app`. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],

  store: ['contract'],
  secrets: ['contract'],
  net: ['contract'],
  templates: ['contract'],
  files: ['contract'],

  databases: ['contract', 'files'],
  destinations: ['contract', 'files'],
  reader: ['contract', 'templates', 'files', 'databases/registry.ts'],

  objects: ['contract', 'store', 'secrets', 'templates'],
  engine: ['contract', 'store', 'templates', 'files', 'reader'],
  server: ['contract', 'objects', 'engine', 'templates'],

  demo: ['contract'],
  app: [
    'contract',
    'store',
    'secrets',
    'net',
    'templates',
    'files',
    'databases',
    'destinations',
    'reader',
    'objects',
    'engine',
    'server',
    'demo',
  ],
  cli: ['contract', 'app'],
}

/** Rooms with one folder per connector; a connector never imports another one, only the registry of its room knows them all. */
export const connectorRooms: readonly string[] = ['databases', 'destinations']
