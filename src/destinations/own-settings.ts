import { z } from 'zod'
import { SegueError } from '../contract/errors.ts'

/**
 * The settings or secrets of a connector, parsed at its boundary: what the shape does not know is left out, defaults are filled in.
 * Throws SETTING_INVALID naming each field, never its value: it may be a secret.
 */
export function parseOwn<Shape extends z.ZodRawShape>(shape: Shape, values: unknown): z.output<z.ZodObject<Shape, z.core.$strip>> {
  const parsed = z.object(shape).safeParse(values)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, message: issue.message }))
  const detail = errors.map((error) => `${error.pointer.slice(1)}: ${error.message}`).join('; ')
  throw new SegueError('SETTING_INVALID', `${detail}.`, { errors })
}

/** The temporary name of a connection test: leading dot and `.part` like every temporary file, so that nobody collects it. */
export function checkFileName(now: Date, processId: number): string {
  return `.segue-check.${now.getTime()}.${processId}.part`
}
