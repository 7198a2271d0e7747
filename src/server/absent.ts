import { SegueError } from '../contract/errors.ts'

/** For `catch`: NOT_FOUND, and nothing else, becomes a value. What is not there yet may be made by the same request. */
export function absent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof SegueError && error.code === 'NOT_FOUND') return value
    throw error
  }
}
