/** The demo's configuration: what a person would write in YAML, with whole paths. */
import type { ConfigurationInput } from '../contract/documents.ts'

/** Names that the demo's commands use. */
export const demoNames = {
  query: 'customers-worth-a-win-back',
  queryOrchestration: 'win-back-to-outbox',
  exportOrchestration: 'shop-to-outbox',
} as const

const winBackSql = `-- Good customers who have not come back, and whom we may write to.
SELECT customer_id, first_name, last_name, email, postal_code, city, country, lifetime_value, last_order_on, note
FROM customer
WHERE email_consent
  AND email IS NOT NULL
  AND lifetime_value >= $least_value
  AND last_order_on < $no_order_since
ORDER BY lifetime_value DESC, customer_id
`

/** A database, a query, an export, a destination, a template and two orchestrations, in an order in which each names only earlier ones. */
export function demoDocuments(folders: { readonly shop: string; readonly outbox: string }): ConfigurationInput[] {
  return [
    {
      kind: 'database',
      name: 'demo-shop',
      description: 'A shop that never was: 100,000 customers and their orders.',
      type: 'duckdb',
      settings: { path: folders.shop },
    },
    {
      kind: 'query',
      name: demoNames.query,
      description: 'Spent well, not seen for long, agreed to e-mail.',
      database: 'demo-shop',
      folder: 'Demo',
      labels: ['demo'],
      status: 'active',
      parameters: { least_value: { type: 'decimal', default: '1000.00' }, no_order_since: { type: 'date', default: '2025-12-01' } },
      sql: winBackSql,
    },
    {
      kind: 'export',
      name: 'whole-shop',
      description: 'Both tables, every column.',
      database: 'demo-shop',
      status: 'active',
      tables: 'all',
    },
    {
      kind: 'destination',
      name: 'demo-outbox',
      description: 'A folder on this machine.',
      type: 'local',
      settings: { folder: folders.outbox, createFolders: true },
    },
    {
      kind: 'template',
      name: 'demo-partner-csv',
      description: 'What a partner might ask for.',
      type: 'file',
      settings: { format: 'csv', fileName: "win-back_{{ now | format: 'yyyy-MM-dd' }}.csv" },
      mapping: [
        { from: 'customer_id', to: 'ID' },
        { from: 'first_name', to: 'FIRST_NAME' },
        { from: 'last_name', to: 'LAST_NAME' },
        { from: 'email', to: 'EMAIL' },
        { from: 'postal_code', to: 'POSTAL_CODE' },
        { from: 'city', to: 'CITY' },
        { from: 'country', to: 'COUNTRY' },
        { from: 'lifetime_value', to: 'LIFETIME_VALUE', format: '0.00' },
        { from: 'last_order_on', to: 'LAST_ORDER' },
        { from: 'note', to: 'NOTE' },
        { value: 'segue-demo', to: 'SOURCE' },
      ],
    },
    {
      kind: 'orchestration',
      name: demoNames.queryOrchestration,
      description: 'A query to a CSV file.',
      query: demoNames.query,
      destination: 'demo-outbox',
      template: 'demo-partner-csv',
    },
    {
      kind: 'orchestration',
      name: demoNames.exportOrchestration,
      description: 'Whole tables to Parquet files.',
      export: 'whole-shop',
      destination: 'demo-outbox',
      settings: { format: 'parquet', fileName: "{{ table }}_{{ now | format: 'yyyy-MM-dd' }}.parquet" },
    },
  ]
}
