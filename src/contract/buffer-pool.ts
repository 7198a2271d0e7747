/**
 * Buffers that are used again. A batch is some hundred kilobytes: allocated anew for each, they made V8 collect garbage every tenth of a second, which
 * took a third of the time of a run (measured).
 */
export interface BufferPool {
  /** A buffer of so many bytes, with whatever was in it. It is to be given back once. */
  take(bytes: number): Lent
}

export interface Lent {
  readonly bytes: Buffer
  /** Nobody may look at the bytes any more. Doing it again does nothing. */
  giveBack(): void
}

const smallest = 65_536

/** @param most so many are kept for later; more may be lent at once */
export function createBufferPool(most: number): BufferPool {
  const kept: Buffer[] = []
  return {
    take(bytes) {
      const index = kept.findIndex((buffer) => buffer.length >= bytes)
      const [found] = index < 0 ? [] : kept.splice(index, 1)
      const whole = found ?? Buffer.allocUnsafeSlow(Math.max(smallest, 2 ** Math.ceil(Math.log2(Math.max(1, bytes)))))
      let isLent = true
      return {
        bytes: whole.subarray(0, bytes),
        giveBack() {
          if (isLent && kept.length < most) kept.push(whole)
          isLent = false
        },
      }
    },
  }
}
