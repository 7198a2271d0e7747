import type { Api, RouteContext } from '../api.ts'
import { checkBeforeCreation } from '../content-checks.ts'
import { lifecycleRoutes } from './lifecycle-routes.ts'
import { objectRoutes } from './object-routes.ts'

export function exportRoutes(api: Api, context: RouteContext): void {
  const noun = { kind: 'export', path: 'exports', one: 'DatabaseExport', many: 'DatabaseExports' } as const
  objectRoutes(api, context, { ...noun, beforeCreate: (input) => checkBeforeCreation(context, 'export', input) })
  lifecycleRoutes(api, context, noun)
}
