/** What every server takes: the draft asks for 32 KB of data, and with 31 KB a request fits into one SSH packet. */
const safeBlock = 31 * 1024
/** What OpenSSH takes in one write request (`limits@openssh.com` of its sftp-server says 255 KB). */
const largeBlock = 255 * 1024

/** What a server says of itself that decides how files are written to it. */
export interface ServerFacts {
  /** Extension requests that it offers, such as `posix-rename@openssh.com`. */
  readonly extensions: ReadonlySet<string>
  /** Bytes of data in one write request. Servers are known that damage files when it is more than they can take. */
  readonly blockBytes: number
  /** Write requests that may wait for their answer at once. */
  readonly requestsAtOnce: number
}

/**
 * Large blocks go only to servers known to take them: to whoever states a limit of its own (`mostBytes`, from `limits@openssh.com`,
 * 0 for none), and to OpenSSH by its ident string, which took them long before it could state it.
 */
export function serverFacts(software: string, extensions: Iterable<string>, mostBytes: number | null): ServerFacts {
  const known = mostBytes !== null || software.startsWith('OpenSSH_')
  const blockBytes = Math.min(known ? largeBlock : safeBlock, mostBytes || Infinity)
  return { extensions: new Set(extensions), blockBytes, requestsAtOnce: blockBytes > safeBlock ? 16 : 64 }
}
