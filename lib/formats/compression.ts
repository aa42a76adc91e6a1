import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { freeBuffer } from '../free-buffer.ts'
import { type Decompression, gunzip, uncompressed, unzstd } from './decompress.ts'

export interface Compression {
  /** Ends the object key, with its dot; empty for no compression. */
  extension: '' | `.${string}`
  /** The object's Content-Encoding (RFC 9110 for gzip, RFC 8878 for zstd). */
  contentEncoding: string | undefined
  /** Higher levels take longer and make less. Absent where there is nothing to choose. */
  levels: Levels | undefined
  /**
   * What takes long runs off the main thread, so that partitions compress side by side; the rest is done at once. The same bytes
   * in give the same bytes out.
   *
   * @param level absent: the usual one
   */
  compress(bytes: Buffer, level?: number): Promise<Buffer>
  /** @throws CodedError `RECORD_UNDECODABLE` when the bytes are cut off, or something else follows them */
  decompress: Decompression['whole']
  /** The same for bytes that come in chunks, in some megabytes of memory whatever the size. */
  decompressStream: Decompression['stream']
}

/** Levels of compression that can be chosen, and the one that is taken where none is. */
interface Levels {
  least: number
  most: number
  usual: number
}

const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)
const zstdCompress = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdCompress)

/**
 * Bytes of output per turn of the main thread. With Node's 16 KiB an object takes fifteen turns; with this, one or two.
 */
const CHUNK_BYTES = 256 * 1024

/** A body of a few bytes needs no more. zlib takes at least 64. */
function chunkSizeFor(bytes: number): number {
  return Math.min(CHUNK_BYTES, bytes + 64)
}

/**
 * Up to this size handing the bytes to another thread costs more than it frees: 0.2 ms of CPU per object, most of what a batch
 * with thousands of paths spends on an object of a few records.
 */
export const SMALL_BYTES = 32 * 1024

/** As large as an event, of which zstd makes an object at its usual level in 20 ms. */
const QUICK_ZSTD_BYTES = 8 * 1024 * 1024

/** zlib's levels; 0 doesn't compress. See `npm run bench:levels` for what each costs and saves. */
const gzipLevels: Levels = { least: 1, most: 9, usual: 5 }

/** Those of zstd that need no more memory than a function has; beyond them are 20 to 22. Level 3 is the library's own default. */
const zstdLevels: Levels = { least: 1, most: 19, usual: 3 }

/** Options of zlib for a body; also for raw deflate, which is gzip without its frame. */
export function deflateOptions(bytes: number, level = gzipLevels.usual): zlib.ZlibOptions {
  return { level, chunkSize: chunkSizeFor(bytes) }
}

/** Options of zstd for a body. Where the size is known, the compressor prepares no larger tables than it needs. */
export function zstdOptions(bytes: number, level = zstdLevels.usual): zlib.ZstdOptions {
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: level }
  return { params, pledgedSrcSize: bytes, chunkSize: chunkSizeFor(bytes) }
}

/**
 * Compresses with zstd: at the usual level or below it on this thread, if the bytes are no more than an event's. On another one each
 * context gets new memory from the system, which takes a sixth of the function's CPU time. Higher levels take so long that
 * other threads are worth it.
 *
 * @param level absent: the usual one
 */
export function zstd(bytes: Buffer, level = zstdLevels.usual): Buffer | Promise<Buffer> {
  const options = zstdOptions(bytes.length, level)
  const most = level <= zstdLevels.usual ? QUICK_ZSTD_BYTES : SMALL_BYTES
  return bytes.length <= most ? zlib.zstdCompressSync(bytes, options) : zstdCompress(bytes, options)
}

const register = {
  none: {
    extension: '',
    contentEncoding: undefined,
    levels: undefined,
    compress: async bytes => bytes,
    decompress: uncompressed.whole,
    decompressStream: uncompressed.stream,
  },
  gzip: {
    extension: '.gz',
    contentEncoding: 'gzip',
    levels: gzipLevels,
    compress: async (bytes, level) => {
      const options = deflateOptions(bytes.length, level)
      return bytes.length <= SMALL_BYTES ? zlib.gzipSync(bytes, options) : gzip(bytes, options)
    },
    decompress: gunzip.whole,
    decompressStream: gunzip.stream,
  },
  zstd: {
    extension: '.zst',
    contentEncoding: 'zstd',
    levels: zstdLevels,
    compress: async (bytes, level) => zstd(bytes, level),
    decompress: unzstd.whole,
    decompressStream: unzstd.stream,
  },
} satisfies Record<string, Compression>

export type CompressionName = keyof typeof register
export const compressions: Record<CompressionName, Compression> = register
/** How bytes are compressed. */
export interface Compressing {
  compression: CompressionName
  /** Absent: the usual one of the compression. */
  compressionLevel?: number
}

export const compressionNames = Object.keys(compressions) as CompressionName[]

/**
 * Compresses bytes that nobody needs afterwards: their memory is free at once. Without this, an event of 6 MB peaks a megabyte
 * or more higher, and the collector has more to do.
 */
export async function compressAndFree(plain: Buffer, { compression, compressionLevel }: Compressing): Promise<Buffer> {
  const body = await compressions[compression].compress(plain, compressionLevel)
  if (body !== plain) freeBuffer(plain)
  return body
}
