/**
 * A web service that takes every batch and reads nothing of it, in as little processor time as can be: what is measured is the sender. It speaks as
 * much of HTTP/1.1 as the senders here do (a Content-Length, one request after the other on a connection). Prints its port.
 */
import { createServer } from 'node:net'

const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
const endOfHead = '\r\n\r\n'

const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  let head = ''
  /** Bytes of the body that are still to come. */
  let left = 0
  const take = (chunk: Buffer): void => {
    if (left > 0) {
      const taken = Math.min(left, chunk.length)
      left -= taken
      if (left === 0) socket.write(answer)
      if (taken < chunk.length) take(chunk.subarray(taken))
      return
    }
    const known = head.length
    head += chunk.toString('latin1', 0, 4_096)
    const end = head.indexOf(endOfHead)
    if (end < 0) return
    left = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    head = ''
    const body = chunk.subarray(end + endOfHead.length - known)
    if (left === 0) socket.write(answer)
    if (body.length > 0) take(body)
  }
  socket.on('data', take)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' && address ? address.port : 0}\n`)
})
process.stdin.on('end', () => process.exit(0)).resume()
