/** Reading of a server-sent event stream (WHATWG HTML, section 9.2.6): what `text/event-stream` answers carry. */

export interface ServerSentEvent {
  readonly id: string | null
  readonly event: string
  readonly data: string
}

/** Yields the events of a stream as they arrive; comments (heartbeats) and an event cut off by the end are dropped, as the standard says. */
export async function* readEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let id: string | null = null
  let event = 'message'
  let data: string[] = []
  for await (const line of lines(bytes)) {
    if (line === '') {
      if (data.length > 0) yield { id, event, data: data.join('\n') }
      id = null
      event = 'message'
      data = []
      continue
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id') id = value
  }
}

async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const block of bytes) {
    rest += decoder.decode(block, { stream: true })
    // A carriage return at the end of a block may be the first half of a CRLF: it waits for the next block.
    const complete = rest.endsWith('\r') ? rest.slice(0, -1) : rest
    const held = rest.slice(complete.length)
    const parts = complete.split(/\r\n|\n|\r/)
    rest = (parts.pop() ?? '') + held
    yield* parts
  }
}
