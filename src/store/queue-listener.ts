/** Hears that something may be due: LISTEN on a connection of its own. A hint only: what is notified while it is away is lost. */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { clientOptions, type StoreAddress } from './connect.ts'
import { queueChannel } from './runs/notify-queue.ts'

const againMs = 1_000

export interface QueueListener {
  close(): Promise<void>
}

/** Calls `onNews` at each notification, and after each connect, for what was missed before. Connects again for as long as it is open. */
export function listenToQueue(address: StoreAddress, onNews: () => void): QueueListener {
  const closed = new AbortController()
  let client: pg.Client | null = null
  const listen = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      client = new pg.Client(clientOptions(address))
      await listenOnce(client, onNews).catch(() => undefined)
      await delay(againMs, undefined, { signal: closed.signal, ref: false }).catch(() => undefined)
    }
  }
  void listen()
  return {
    close: async () => {
      closed.abort()
      await client?.end().catch(() => undefined)
    },
  }
}

/** Until the connection ends. */
async function listenOnce(client: pg.Client, onNews: () => void): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    client.once('end', resolve)
    client.on('error', () => resolve())
  })
  client.on('notification', onNews)
  try {
    await client.connect()
    await client.query(`LISTEN ${queueChannel}`)
    onNews()
    await ended
  } finally {
    await client.end().catch(() => undefined)
  }
}
