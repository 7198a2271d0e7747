import type { Api, RouteContext } from '../api.ts'
import { objectRoutes } from './object-routes.ts'

export function templateRoutes(api: Api, context: RouteContext): void {
  objectRoutes(api, context, { kind: 'template', path: 'templates', one: 'DataTemplate', many: 'DataTemplates' })
}
