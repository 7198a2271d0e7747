/**
 * SFTP version 3 (draft-ietf-secsh-filexfer-02) as far as uploads need it: requests as bytes, answers as data. A packet is a uint32
 * length, a type, a uint32 id, and fields; text and bytes have their uint32 length before them.
 *
 * It is here, on top of ssh2's channel, because ssh2's own SFTP copies every block into a new buffer, which keeps the garbage
 * collector busy for a third of an upload, and does not tell what the server announced.
 */
const packet = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  write: 6,
  lstat: 7,
  fsetstat: 10,
  remove: 13,
  mkdir: 14,
  rename: 18,
  status: 101,
  handle: 102,
  attributes: 105,
  extended: 200,
  extendedReply: 201,
} as const

/** A new file for writing that must not be there: WRITE, CREAT, EXCL. */
const openNew = 0x02 | 0x08 | 0x20
const attribute = { size: 0x01, owner: 0x02, permissions: 0x04 } as const
/** The bits of a mode that say what kind of file it is, and those of a folder (POSIX). */
const [kindBits, folderKind] = [0o170_000, 0o040_000]

/** Builds a request once its id is known. */
export type Request = (id: number) => Buffer

/** The first packet of a client, which has no id. */
export const initialize: Buffer = encode(packet.init, [3])

export const requests = {
  openNew:
    (path: string): Request =>
    (id) =>
      encode(packet.open, [id, path, openNew, 0]),
  close:
    (handle: Buffer): Request =>
    (id) =>
      encode(packet.close, [id, handle]),
  lstat:
    (path: string): Request =>
    (id) =>
      encode(packet.lstat, [id, path]),
  setPermissions:
    (handle: Buffer, bits: number): Request =>
    (id) =>
      encode(packet.fsetstat, [id, handle, attribute.permissions, bits]),
  remove:
    (path: string): Request =>
    (id) =>
      encode(packet.remove, [id, path]),
  makeFolder:
    (path: string): Request =>
    (id) =>
      encode(packet.mkdir, [id, path, 0]),
  rename:
    (from: string, to: string): Request =>
    (id) =>
      encode(packet.rename, [id, from, to]),
  /** A request of OpenSSH's PROTOCOL file, such as `fsync@openssh.com`. */
  extended:
    (name: string, ...fields: readonly (string | Buffer)[]): Request =>
    (id) =>
      encode(packet.extended, [id, name, ...fields]),
} as const

/** Bytes of a write request beside its data, for a handle of that length. */
export const writeOverhead = (handleBytes: number): number => 4 + 1 + 4 + 4 + handleBytes + 8 + 4

/**
 * Writes the head of a write request into the start of a buffer that already holds `length` bytes of data behind it (at
 * `writeOverhead`), and returns the whole: blocks are copied once, into buffers that are used again and again.
 */
export function completeWrite(buffer: Buffer, id: number, handle: Buffer, position: number, length: number): Buffer {
  const whole = buffer.subarray(0, writeOverhead(handle.length) + length)
  let at = whole.writeUInt32BE(whole.length - 4, 0)
  at = whole.writeUInt8(packet.write, at)
  at = whole.writeUInt32BE(id, at)
  at = whole.writeUInt32BE(handle.length, at)
  at += handle.copy(whole, at)
  at = whole.writeBigUInt64BE(BigInt(position), at)
  whole.writeUInt32BE(length, at)
  return whole
}

/** What a server answers; every answer but the version carries the id of its request. */
export type Answer =
  | { readonly kind: 'version'; readonly extensions: ReadonlyMap<string, string> }
  | { readonly kind: 'status'; readonly id: number; readonly code: number; readonly text: string }
  | { readonly kind: 'handle'; readonly id: number; readonly handle: Buffer }
  | { readonly kind: 'attributes'; readonly id: number; readonly bytes: number | null; readonly folder: boolean }
  | { readonly kind: 'reply'; readonly id: number; readonly numbers: readonly number[] }

/** An answer from its packet, without the length before it. Throws where it is cut short or of a type that was not asked for. */
export function decodeAnswer(bytes: Buffer): Answer {
  const fields = new Fields(bytes.subarray(1))
  const type = bytes.readUInt8(0)
  if (type === packet.version) return { kind: 'version', extensions: readExtensions(fields) }
  const id = fields.uint32()
  switch (type) {
    case packet.status:
      // Some servers of old leave the text out.
      return { kind: 'status', id, code: fields.uint32(), text: fields.rest > 0 ? fields.bytes().toString() : '' }
    case packet.handle:
      return { kind: 'handle', id, handle: Buffer.from(fields.bytes()) }
    case packet.attributes:
      return { kind: 'attributes', id, ...readAttributes(fields) }
    case packet.extendedReply:
      return { kind: 'reply', id, numbers: readNumbers(fields) }
    default:
      throw new Error(`an answer of the unknown type ${type}`)
  }
}

function readExtensions(fields: Fields): ReadonlyMap<string, string> {
  fields.uint32()
  const extensions = new Map<string, string>()
  while (fields.rest > 0) extensions.set(fields.bytes().toString(), fields.bytes().toString())
  return extensions
}

function readAttributes(fields: Fields): { bytes: number | null; folder: boolean } {
  const flags = fields.uint32()
  const bytes = (flags & attribute.size) === 0 ? null : fields.uint64()
  if ((flags & attribute.owner) !== 0) fields.uint64()
  const mode = (flags & attribute.permissions) === 0 ? 0 : fields.uint32()
  return { bytes, folder: (mode & kindBits) === folderKind }
}

/** The replies of `statvfs@openssh.com` and `limits@openssh.com` are uint64 throughout. */
function readNumbers(fields: Fields): number[] {
  const numbers: number[] = []
  while (fields.rest >= 8) numbers.push(fields.uint64())
  return numbers
}

/** Reads fields one after the other; reading past the end throws. */
class Fields {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get rest(): number {
    return this.#bytes.length - this.#at
  }

  uint32(): number {
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }

  /** Sizes and counts: exact to 2^53, which no file reaches. */
  uint64(): number {
    this.#at += 8
    return Number(this.#bytes.readBigUInt64BE(this.#at - 8))
  }

  bytes(): Buffer {
    const length = this.uint32()
    if (length > this.rest) throw new Error('an answer that is cut short')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

function encode(type: number, fields: readonly (number | string | Buffer)[]): Buffer {
  const parts = fields.map((field) => (typeof field === 'number' ? uint32(field) : withLength(field)))
  const body = Buffer.concat([Buffer.of(type), ...parts])
  return Buffer.concat([uint32(body.length), body])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function withLength(field: string | Buffer): Buffer {
  const bytes = typeof field === 'string' ? Buffer.from(field) : field
  return Buffer.concat([uint32(bytes.length), bytes])
}
