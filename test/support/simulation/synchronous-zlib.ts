import { syncBuiltinESMExports } from 'node:module'
import zlib from 'node:zlib'

type Callback = (error: Error | null, result?: Buffer) => void

const { gzipSync, gunzipSync, zstdCompressSync, zstdDecompressSync } = zlib

/** Calls the synchronous function, and back within the same turn of the event loop. */
function atOnce(compute: (bytes: Buffer, options?: never) => Buffer) {
  return (bytes: Buffer, ...rest: [Callback] | [never, Callback]) => {
    const callback = rest.at(-1) as Callback
    try {
      const result = rest.length > 1 ? compute(bytes, rest[0] as never) : compute(bytes)
      callback(null, result)
    } catch (error) {
      callback(error as Error)
    }
  }
}

/** Source: RFC 1952, section 2.3: gzip's magic, deflate, no flags, no time, no hint, unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
/** A block that is stored as it is, the last one, with its length twice. Source: RFC 1951, section 3.2.4. */
const BLOCK_BYTES = 5
const TRAILER_BYTES = 8
const MOST_STORED = 65_535

/** A gzip member that stores its bytes: making a compressor takes longer than all the rest of an interleaving's step. */
function store(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes as Buffer)
  if (content.length > MOST_STORED) return gzipSync(content)
  const member = Buffer.allocUnsafe(HEADER.length + BLOCK_BYTES + content.length + TRAILER_BYTES)
  let position = HEADER.copy(member)
  position = member.writeUInt8(1, position)
  position = member.writeUInt16LE(content.length, position)
  position = member.writeUInt16LE(content.length ^ 0xffff, position)
  position += content.copy(member, position)
  position = member.writeUInt32LE(zlib.crc32(content), position)
  member.writeUInt32LE(content.length, position)
  return member
}

/** Whatever isn't one intact member of {@link store} is left to the real function, with its errors. */
function restore(bytes: Buffer, options?: zlib.ZlibOptions): Buffer {
  const start = HEADER.length + BLOCK_BYTES
  const end = bytes.length - TRAILER_BYTES
  const isStored =
    end >= start &&
    bytes[HEADER.length] === 1 &&
    bytes.subarray(0, HEADER.length).equals(HEADER) &&
    bytes.readUInt16LE(HEADER.length + 1) === end - start &&
    bytes.readUInt16LE(HEADER.length + 3) === ((end - start) ^ 0xffff)
  const content = bytes.subarray(start, end)
  if (!isStored || bytes.readUInt32LE(end) !== zlib.crc32(content)) return gunzipSync(bytes, options)
  const buffer = Buffer.from(content)
  return options?.info ? ({ buffer, engine: { bytesWritten: bytes.length } } as never) : buffer
}

/**
 * In a simulation nothing waits but for the store: threads of zlib would make an interleaving depend on the machine. Imported
 * before anything that takes these functions.
 */
Object.assign(zlib, {
  gzipSync: store,
  gzip: atOnce(store),
  gunzipSync: restore,
  gunzip: atOnce(restore),
  zstdCompress: atOnce(zstdCompressSync),
  zstdDecompress: atOnce(zstdDecompressSync),
})
syncBuiltinESMExports()
