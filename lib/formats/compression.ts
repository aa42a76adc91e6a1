import { promisify } from 'node:util'
import zlib from 'node:zlib'

export interface Compression {
  /** What the object key ends in. */
  extension: '' | '.gz' | '.zst'
  /** The object's Content-Encoding (RFC 9110 for gzip, RFC 8878 for zstd). */
  contentEncoding: 'gzip' | 'zstd' | undefined
  /** Off the main thread, so that partitions compress side by side. The same bytes in, the same bytes out. */
  compress(bytes: Buffer): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)
const gunzip = promisify<Buffer, Buffer>(zlib.gunzip)
const zstdCompress = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdCompress)
const zstdDecompress = promisify<Buffer, Buffer>(zlib.zstdDecompress)

/** Bytes of output for each turn of the main thread: Node's 16 KiB make fifteen of an object that takes one or two. */
const chunkSize = 256 * 1024

export const compressions = {
  none: {
    extension: '',
    contentEncoding: undefined,
    compress: async bytes => bytes,
    decompress: async bytes => bytes,
  },
  gzip: {
    extension: '.gz',
    contentEncoding: 'gzip',
    compress: bytes => gzip(bytes, { chunkSize }),
    decompress: bytes => gunzip(bytes),
  },
  zstd: {
    extension: '.zst',
    contentEncoding: 'zstd',
    compress: bytes => zstdCompress(bytes, { chunkSize }),
    decompress: bytes => zstdDecompress(bytes),
  },
} satisfies Record<string, Compression>

export type CompressionName = keyof typeof compressions
