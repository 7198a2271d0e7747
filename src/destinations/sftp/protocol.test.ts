import fc from 'fast-check'
import { expect, test } from 'vitest'
import { completeWrite, decodeAnswer, initialize, requests, writeOverhead } from './protocol.ts'

/** Bytes as the draft draws them: numbers are uint32, bigints uint64, text has its length before it. */
function bytes(type: number, ...fields: (number | bigint | string)[]): Buffer {
  const parts = fields.map((field) => {
    if (typeof field === 'bigint') return Buffer.from(field.toString(16).padStart(16, '0'), 'hex')
    if (typeof field === 'number') return Buffer.from(field.toString(16).padStart(8, '0'), 'hex')
    return Buffer.concat([Buffer.from(Buffer.byteLength(field).toString(16).padStart(8, '0'), 'hex'), Buffer.from(field)])
  })
  return Buffer.concat([Buffer.of(type), ...parts])
}

const framed = (packet: Buffer) => Buffer.concat([bytes(0, packet.length).subarray(1), packet])

test('requests are the bytes of the draft', () => {
  expect(initialize).toEqual(framed(bytes(1, 3)))
  expect(requests.openNew('/in/ü.part')(7)).toEqual(framed(bytes(3, 7, '/in/ü.part', 0x2a, 0)))
  expect(requests.close(Buffer.from('h'))(7)).toEqual(framed(bytes(4, 7, 'h')))
  expect(requests.lstat('x')(7)).toEqual(framed(bytes(7, 7, 'x')))
  expect(requests.setPermissions(Buffer.from('h'), 0o640)(7)).toEqual(framed(bytes(10, 7, 'h', 4, 0o640)))
  expect(requests.remove('x')(7)).toEqual(framed(bytes(13, 7, 'x')))
  expect(requests.makeFolder('x')(7)).toEqual(framed(bytes(14, 7, 'x', 0)))
  expect(requests.rename('x', 'y')(7)).toEqual(framed(bytes(18, 7, 'x', 'y')))
  expect(requests.extended('posix-rename@openssh.com', 'x', 'y')(0xff_ff_ff_ff)).toEqual(
    framed(bytes(200, 0xff_ff_ff_ff, 'posix-rename@openssh.com', 'x', 'y')),
  )
})

test('a write carries its data at its position, also beyond 4 GB and in a buffer that is larger', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 20 }),
      fc.maxSafeNat(),
      fc.string({ maxLength: 50 }),
      fc.nat(50),
      (handle, position, data, spare) => {
        const [handleBytes, dataBytes] = [Buffer.from(handle), Buffer.from(data)]
        const buffer = Buffer.alloc(writeOverhead(handleBytes.length) + dataBytes.length + spare, 0xee)
        dataBytes.copy(buffer, writeOverhead(handleBytes.length))
        expect(completeWrite(buffer, 9, handleBytes, position, dataBytes.length)).toEqual(
          framed(bytes(6, 9, handle, BigInt(position), data)),
        )
      },
    ),
  )
})

test('answers are read', () => {
  expect(decodeAnswer(bytes(2, 3, 'posix-rename@openssh.com', '1', 'limits@openssh.com', '1'))).toEqual({
    kind: 'version',
    extensions: new Map([
      ['posix-rename@openssh.com', '1'],
      ['limits@openssh.com', '1'],
    ]),
  })
  expect(decodeAnswer(bytes(101, 7, 4, 'Failure', 'en'))).toEqual({ kind: 'status', id: 7, code: 4, text: 'Failure' })
  expect(decodeAnswer(bytes(101, 7, 0))).toEqual({ kind: 'status', id: 7, code: 0, text: '' })
  expect(decodeAnswer(bytes(102, 7, 'h'))).toEqual({ kind: 'handle', id: 7, handle: Buffer.from('h') })
  expect(decodeAnswer(bytes(201, 7, 1n, 2n))).toEqual({ kind: 'reply', id: 7, numbers: [1, 2] })
})

test.each([
  ['a file', [0x0f, 5_000_000_000n, 1000, 1000, 0o100_644, 0, 0], 5_000_000_000, false],
  ['a folder', [0x0d, 4096n, 0o040_755, 0, 0], 4096, true],
  ['a file of a server that tells no owner and no mode', [0x01, 12n], 12, false],
  ['a file of a server that tells nothing', [0], null, false],
] as const)('the attributes of %s are read', (_what, fields, size, folder) => {
  expect(decodeAnswer(bytes(105, 7, ...fields))).toEqual({ kind: 'attributes', id: 7, bytes: size, folder })
})

test('whatever a server sends is an answer or an error, and never reads past its end', () => {
  const types = fc.constantFrom(0, 2, 101, 102, 103, 105, 201)
  fc.assert(
    fc.property(types, fc.uint8Array({ minLength: 4, maxLength: 60 }), (type, rest) => {
      try {
        expect(decodeAnswer(Buffer.concat([Buffer.of(type), rest]))).toHaveProperty('kind')
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }),
  )
})
