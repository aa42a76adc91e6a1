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
const zstdCompress = promisify<Buffer, Buffer>(zlib.zstdCompress)
const zstdDecompress = promisify<Buffer, Buffer>(zlib.zstdDecompress)

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
    compress: bytes => gzip(bytes, {}),
    decompress: bytes => gunzip(bytes),
  },
  zstd: {
    extension: '.zst',
    contentEncoding: 'zstd',
    compress: bytes => zstdCompress(bytes),
    decompress: bytes => zstdDecompress(bytes),
  },
} satisfies Record<string, Compression>

export type CompressionName = keyof typeof compressions
