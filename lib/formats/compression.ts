import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { CodedError } from '../error.ts'
import { zstdFrames } from '../zstd-frames.ts'

export interface Compression {
  /** Ends the object key, with its dot; empty for no compression. */
  extension: '' | `.${string}`
  /** The object's Content-Encoding (RFC 9110 for gzip, RFC 8878 for zstd). */
  contentEncoding: string | undefined
  /**
   * Runs off the main thread, so that partitions compress side by side; small bodies are compressed at once. The same bytes
   * in give the same bytes out.
   */
  compress(bytes: Buffer): Promise<Buffer>
  /**
   * The content of all gzip members (RFC 1952, 2.2) or zstd frames (RFC 8878, 3.1), one behind the other.
   *
   * @throws CodedError `RECORD_UNDECODABLE` when the bytes are cut off, or something else follows them
   */
  decompress(bytes: Buffer): Promise<Buffer>
}

const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)
const zstdCompress = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdCompress)
const zstdDecompress = promisify<Buffer, Buffer>(zlib.zstdDecompress)

/**
 * Bytes of output per turn of the main thread. With Node's 16 KiB an object takes fifteen turns; with this, one or two.
 */
const chunkSize = 256 * 1024

/**
 * Up to this size handing the bytes to another thread costs more than it frees: 0.2 ms of CPU per object, most of what a batch
 * with thousands of paths spends on an object of a few records.
 */
export const SMALL_BYTES = 32 * 1024

/**
 * Level 5 makes objects of JSON records 6 % larger than zlib's default level 6 and saves the whole function a third of its
 * processor time. `npm run bench:e2e` compares it with the plainest function at level 6.
 */
const GZIP_LEVEL = 5

const register = {
  none: {
    extension: '',
    contentEncoding: undefined,
    compress: async bytes => bytes,
    decompress: async bytes => bytes,
  },
  gzip: {
    extension: '.gz',
    contentEncoding: 'gzip',
    compress: async bytes =>
      bytes.length <= SMALL_BYTES
        ? zlib.gzipSync(bytes, { level: GZIP_LEVEL })
        : gzip(bytes, { chunkSize, level: GZIP_LEVEL }),
    decompress: bytes => decompressing('gzip', gunzip(bytes)),
  },
  zstd: {
    extension: '.zst',
    contentEncoding: 'zstd',
    // Of a small body the compressor knows the size, so that it prepares no larger tables than it needs.
    compress: async bytes =>
      bytes.length <= SMALL_BYTES
        ? zlib.zstdCompressSync(bytes, { pledgedSrcSize: bytes.length })
        : zstdCompress(bytes, { chunkSize }),
    decompress: bytes => decompressing('zstd', unzstd(bytes)),
  },
} satisfies Record<string, Compression>

/** The content of gzip data. zlib reads all members, but passes over whatever follows a zero byte behind one of them. */
function gunzip(bytes: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  zlib.gunzip(bytes, { info: true }, (error, result) => {
    if (error) return reject(error)
    // With `info`, the result is not the buffer that its type says.
    const { buffer, engine } = result as unknown as { buffer: Buffer; engine: zlib.Gunzip }
    const rest = bytes.subarray(engine.bytesWritten)
    if (rest.some(byte => byte !== 0)) return reject(new Error('something else follows the last gzip member'))
    resolve(buffer)
  })
  return promise
}

async function unzstd(bytes: Buffer): Promise<Buffer> {
  const frames = zstdFrames(bytes)
  if (frames.length === 0) throw new Error('there is no zstd frame')
  const contents: Buffer[] = []
  for (const frame of frames) contents.push(await zstdDecompress(frame))
  return contents.length === 1 ? (contents[0] as Buffer) : Buffer.concat(contents)
}

async function decompressing(name: string, content: Promise<Buffer>): Promise<Buffer> {
  return await content.catch(cause => {
    throw new CodedError('RECORD_UNDECODABLE', `The object’s bytes are not complete ${name} data.`, { cause })
  })
}

export type CompressionName = keyof typeof register
export const compressions: Record<CompressionName, Compression> = register
export const compressionNames = Object.keys(compressions) as CompressionName[]
