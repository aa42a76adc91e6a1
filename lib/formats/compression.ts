import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { freeBuffer } from '../free-buffer.ts'
import { type Decompression, gunzip, uncompressed, unzstd } from './decompress.ts'

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
  /** @throws CodedError `RECORD_UNDECODABLE` when the bytes are cut off, or something else follows them */
  decompress: Decompression['whole']
  /** The same for bytes that come in chunks, in some megabytes of memory whatever the size. */
  decompressStream: Decompression['stream']
}

const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)
const zstdCompress = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdCompress)

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
    decompress: uncompressed.whole,
    decompressStream: uncompressed.stream,
  },
  gzip: {
    extension: '.gz',
    contentEncoding: 'gzip',
    compress: async bytes =>
      bytes.length <= SMALL_BYTES
        ? zlib.gzipSync(bytes, { level: GZIP_LEVEL })
        : gzip(bytes, { chunkSize, level: GZIP_LEVEL }),
    decompress: gunzip.whole,
    decompressStream: gunzip.stream,
  },
  zstd: {
    extension: '.zst',
    contentEncoding: 'zstd',
    // Of a small body the compressor knows the size, so that it prepares no larger tables than it needs.
    compress: async bytes =>
      bytes.length <= SMALL_BYTES
        ? zlib.zstdCompressSync(bytes, { pledgedSrcSize: bytes.length })
        : zstdCompress(bytes, { chunkSize }),
    decompress: unzstd.whole,
    decompressStream: unzstd.stream,
  },
} satisfies Record<string, Compression>

export type CompressionName = keyof typeof register
export const compressions: Record<CompressionName, Compression> = register
export const compressionNames = Object.keys(compressions) as CompressionName[]

/**
 * Compresses bytes that nobody needs afterwards: their memory is free at once. Without this, an event of 6 MB peaks a megabyte
 * or more higher, and the collector has more to do.
 */
export async function compressAndFree(plain: Buffer, compression: CompressionName): Promise<Buffer> {
  const body = await compressions[compression].compress(plain)
  if (body !== plain) freeBuffer(plain)
  return body
}
