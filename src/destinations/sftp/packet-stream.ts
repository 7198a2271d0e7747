/** OpenSSH's limit for a packet; a longer one is not SFTP but text, such as the greeting of a login shell. */
const longest = 256 * 1024

/** Cuts a stream of bytes into packets by the uint32 length before each. */
export class PacketStream {
  #pending: Buffer = Buffer.alloc(0)

  /** The packets that are whole after these bytes, without their lengths. Throws where a length cannot be one. */
  push(chunk: Buffer): Buffer[] {
    const packets: Buffer[] = []
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    while (rest.length >= 4) {
      const length = rest.readUInt32BE(0)
      if (length < 5 || length > longest) throw new Error('something else than SFTP; a login script may print text')
      if (rest.length < 4 + length) break
      packets.push(rest.subarray(4, 4 + length))
      rest = rest.subarray(4 + length)
    }
    this.#pending = rest
    return packets
  }
}
