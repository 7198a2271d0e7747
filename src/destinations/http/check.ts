import type { CheckResult } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import type { HttpDestination } from './http-destination.ts'

/**
 * What can be shown without sending a row: that something answers at the URL, and that it does not refuse the sign-in.
 * Throws AUTH_FAILED for 401 and 403, and what the connection met.
 */
export async function checkHttp(
  destination: HttpDestination,
  { url, testMethod }: { readonly url: string; readonly testMethod: string },
  signal: AbortSignal,
): Promise<CheckResult> {
  const { status, location } = await destination.knock(signal)
  const { host } = new URL(url)
  if (status === 401 || status === 403) throw new SegueError('AUTH_FAILED', `${host} answered ${status} to ${testMethod}.`)
  return { summary: `${host} answered ${status} to ${testMethod}${remark(status, location)}; no rows were sent`, facts: {} }
}

function remark(status: number, location: string | null): string {
  if (status >= 300 && status < 400) return ` (a redirect${location === null ? '' : ` to ${location}`}, which is not followed)`
  if (status >= 500) return ' (it says that it does not work now)'
  return ''
}
