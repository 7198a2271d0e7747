import { createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gcmPackets } from './gcm-packets.ts'

/** A receiver that knows nothing of the sender but the key and the first IV (RFC 5647, 7.3). */
function receiver(key: Buffer, firstIv: Buffer): (packet: Buffer) => Buffer {
  let counter = firstIv.readBigUInt64BE(4)
  return (packet) => {
    const iv = Buffer.from(firstIv)
    iv.writeBigUInt64BE(counter, 4)
    counter = (counter + 1n) % 2n ** 64n
    const length = packet.readUInt32BE(0)
    expect(packet.length).toBe(4 + length + 16)
    expect(length % 16).toBe(0)
    const decipher = createDecipheriv('aes-128-gcm', key, iv)
    decipher.setAAD(packet.subarray(0, 4))
    decipher.setAuthTag(packet.subarray(4 + length))
    const plain = Buffer.concat([decipher.update(packet.subarray(4, 4 + length)), decipher.final()])
    const padding = plain.readUInt8(0)
    expect(padding).toBeGreaterThanOrEqual(4)
    return plain.subarray(1, plain.length - padding)
  }
}

const payloads = fc.array(fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(16_384, 32_777, 32_778)), {
  minLength: 1,
  maxLength: 12,
})
const counters = fc.constantFrom(0n, 1n, 255n, 2n ** 32n - 1n, 2n ** 64n - 2n, 2n ** 64n - 1n)

test('a receiver reads every payload, in order, though buffers are used again and memory is given back once it was sent', () => {
  fc.assert(
    fc.property(payloads, counters, fc.boolean(), (sizes, counter, sentAtOnce) => {
      const key = randomBytes(16)
      const iv = randomBytes(12)
      iv.writeBigUInt64BE(counter, 4)
      const receive = receiver(key, Buffer.from(iv))
      const pieces: Buffer[] = []
      const waiting: (() => void)[] = []
      const write = (bytes: Buffer, sent?: () => void): void => {
        // A socket that sends later holds on to the very bytes; one that sends at once has copied them.
        pieces.push(sentAtOnce ? Buffer.from(bytes) : bytes)
        if (sent) waiting.push(sent)
        if (sentAtOnce) sent?.()
      }
      const packets = gcmPackets({ algorithm: 'aes-128-gcm', key: createSecretKey(key), iv, write })
      const sent = sizes.map((size) => {
        const payload = randomBytes(size)
        const packet = packets.allocPacket(size)
        packet.set(payload, 5)
        packets.encrypt(packet)
        return payload
      })
      for (const [index, payload] of sent.entries()) {
        const packet = Buffer.concat(pieces.slice(3 * index, 3 * index + 3))
        expect(receive(packet).equals(payload)).toBe(true)
      }
      if (!sentAtOnce) for (const done of waiting) done()
    }),
  )
})

test('packets that wait in a queue do not share a buffer, also when buffers are used again', () => {
  const packets = gcmPackets({
    algorithm: 'aes-256-gcm',
    key: createSecretKey(randomBytes(32)),
    iv: randomBytes(12),
    write: () => undefined,
  })
  const queue = (): Buffer[] => {
    const waiting = [1, 2, 3].map((value) => packets.allocPacket(20_000).fill(value, 5, 20_005))
    for (const [index, packet] of waiting.entries()) expect(packet.subarray(5, 20_005).every((byte) => byte === index + 1)).toBe(true)
    return waiting
  }
  const first = queue()
  for (const packet of first) packets.encrypt(packet)
  expect(first).toContain(queue()[0])
})
