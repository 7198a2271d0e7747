import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PacketStream } from './packet-stream.ts'

function withLength(packet: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(packet.length)
  return Buffer.concat([length, packet])
}

test('packets come out whole and in order, however the bytes arrive', () => {
  const packets = fc.array(fc.uint8Array({ minLength: 5, maxLength: 40 }), { maxLength: 10 })
  fc.assert(
    fc.property(packets, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, steps) => {
      const bytes = Buffer.concat(sent.map(withLength))
      const stream = new PacketStream()
      const got: Buffer[] = []
      for (let at = 0, step = 0; at < bytes.length; step++) {
        const end = at + (steps[step % steps.length] ?? 1)
        got.push(...stream.push(bytes.subarray(at, end)))
        at = end
      }
      expect(got.map((packet) => packet.toString('hex'))).toEqual(sent.map((packet) => Buffer.from(packet).toString('hex')))
    }),
  )
})

test('the greeting of a login shell is not taken for a packet', () => {
  expect(() => new PacketStream().push(Buffer.from('Welcome to the server of Acme!\n'))).toThrow(/login script/)
  expect(() => new PacketStream().push(Buffer.alloc(8))).toThrow(/login script/)
})
