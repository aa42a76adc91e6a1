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

/**
 * Of JSON records, level 5 makes objects that are 6 % larger than those of zlib's own level 6, and the whole function takes a
 * third less of processor time. `npm run bench:e2e` has the plainest function at level 6 beside it.
 */
const GZIP_LEVEL = 5

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
    compress: bytes => gzip(bytes, { chunkSize, level: GZIP_LEVEL }),
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
