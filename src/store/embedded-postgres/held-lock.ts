/** A lock between processes, however it is held. */
export interface KernelLock {
  /** Settles when the lock is gone although nobody released it: its holder was killed. */
  readonly lost: Promise<void>
  release(): void
}
