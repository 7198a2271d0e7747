import type { BatchAnswer } from '../../contract/destination.ts'

/** A BatchAnswer whose texts are as the destination wrote them: of any length, and with whatever it repeated of the request. */
export type Reading = WithoutExchange<BatchAnswer>
type WithoutExchange<A> = A extends BatchAnswer ? Omit<A, 'exchange'> : never

export type FailedReading = Extract<Reading, { readonly kind: 'failed' }>
