/** A small configuration with one object of every kind, as documents. */
export const documents = {
  database: { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: '/data/shop.duckdb' } },
  credential: {
    kind: 'credential',
    name: 'partner-key',
    type: 'sftp',
    secrets: { user: 'acme', password: { value: 'correct horse battery', reference: '${env:PARTNER_PASSWORD}' } },
  },
  query: {
    kind: 'query',
    name: 'customers',
    database: 'shop',
    status: 'active',
    parameters: { country: { type: 'text', default: 'Brazil' } },
    sql: 'SELECT * FROM customer WHERE country = $country',
  },
  export: { kind: 'export', name: 'whole-shop', database: 'shop', status: 'active', tables: 'all' },
  destination: {
    kind: 'destination',
    name: 'partner-drop',
    type: 'sftp',
    credential: 'partner-key',
    settings: { host: 'sftp.partner.example' },
  },
  template: {
    kind: 'template',
    name: 'partner-csv',
    type: 'file',
    settings: { delimiter: '|' },
    mapping: [
      { from: 'customer_id', to: 'ID' },
      { value: 'segue', to: 'SOURCE' },
    ],
  },
  orchestration: {
    kind: 'orchestration',
    name: 'brazil-to-partner',
    query: 'customers',
    parameters: { country: 'Brazil' },
    destination: 'partner-drop',
    template: 'partner-csv',
    settings: { header: false },
  },
} as const

export const allDocuments: readonly { readonly kind: string; readonly name: string }[] = Object.values(documents)

/** A document with other fields. */
export function altered<K extends keyof typeof documents>(kind: K, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...documents[kind], ...fields }
}

/** A document as `create` takes it. */
export function input(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { kind: _kind, ...fields } = document
  return fields
}
