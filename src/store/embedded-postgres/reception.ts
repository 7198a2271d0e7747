/** Where the supervisor meets its clients: a socket on which each keeps one connection open for as long as it uses the store. */
import { chmodSync, rmSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Problem } from '../../contract/errors.ts'

/** Exit code of a supervisor that found another one at work (EX_TEMPFAIL of sysexits.h). */
export const alreadySupervised = 75

/** The one line that the supervisor says to each client. */
export type Announcement = { readonly ready: true } | { readonly problem: Problem }
export const announcement = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ problem: z.custom<Problem>((value) => typeof value === 'object') }),
])

export interface Reception {
  /** Tells those who are here, and those who come. */
  announce(news: Announcement): void
  /** Settles when nobody has been here for `grace` milliseconds; counts from now on. */
  deserted(grace: number): Promise<void>
  /** Settles when somebody has been here, or after `limit` milliseconds. */
  visited(limit: number): Promise<void>
  /** Sends everybody away. */
  close(): Promise<void>
}

/** Opens the socket. What is there already is of a supervisor that died: only for the holder of its lock. */
export async function openReception(path: string): Promise<Reception> {
  rmSync(path, { force: true })
  const clients = new Set<Socket>()
  let news: Announcement | null = null
  let changed = (): void => {}
  const firstVisit = Promise.withResolvers<void>()
  const server = createServer((client) => {
    clients.add(client)
    firstVisit.resolve()
    changed()
    client.on('error', () => {})
    client.on('close', () => {
      clients.delete(client)
      changed()
    })
    client.resume()
    if (news) client.write(line(news))
  })
  await listen(server, path)
  return {
    announce: (said) => {
      news = said
      for (const client of clients) client.write(line(said))
    },
    deserted: (grace) =>
      new Promise((resolve) => {
        let timer: NodeJS.Timeout | undefined
        changed = () => {
          clearTimeout(timer)
          if (clients.size === 0) timer = setTimeout(resolve, grace)
        }
        changed()
      }),
    visited: (limit) => Promise.race([firstVisit.promise, delay(limit)]),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const client of clients) client.destroySoon()
      await closed
    },
  }
}

const line = (news: Announcement): string => `${JSON.stringify(news)}\n`

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      chmodSync(path, 0o600)
      resolve()
    })
  })
}
