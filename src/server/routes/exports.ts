import type { Api, RouteContext } from '../api.ts'
import { lifecycleRoutes } from './lifecycle-routes.ts'
import { objectRoutes } from './object-routes.ts'

export function exportRoutes(api: Api, context: RouteContext): void {
  const noun = { kind: 'export', path: 'exports', one: 'DatabaseExport', many: 'DatabaseExports' } as const
  objectRoutes(api, context, noun)
  lifecycleRoutes(api, context, noun)
}
