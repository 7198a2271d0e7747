import type { Api, RouteContext } from '../api.ts'
import { objectRoutes } from './object-routes.ts'

export function credentialRoutes(api: Api, context: RouteContext): void {
  objectRoutes(api, context, { kind: 'credential', path: 'credentials', one: 'Credential', many: 'Credentials' })
}
