import { pipeline, Readable, type Transform } from 'node:stream'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { CodedError } from '../error.ts'
import { type FramePiece, ZstdFrames, zstdFrames } from '../zstd-frames.ts'

/** The content of compressed bytes, whole or as they come. Every gzip member and every zstd frame is read. */
export interface Decompression {
  /** @throws CodedError `RECORD_UNDECODABLE` when the bytes are cut off, or something else follows them */
  whole(bytes: Buffer): Promise<Buffer>
  /** Holds some megabytes, whatever the size. Throws as `whole` does, after the content before. */
  stream(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer>
}

const zstdDecompress = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress)

/** Bytes of output at once. With Node’s 16 KiB, decompression takes twice the CPU. */
const CHUNK_SIZE = 256 * 1024

/** Bytes that a block of a frame has at most. Source: RFC 8878, section 3.1.1.2.4. */
const BLOCK_BYTES = 128 * 1024

/** Blocks of a frame that is decompressed at once: at most 5.5 MB, so that a reader stays below 100 MB. */
const BLOCKS_AT_ONCE = 44

export const uncompressed: Decompression = {
  whole: async bytes => bytes,
  stream: chunks => chunks,
}

export const gunzip: Decompression = {
  whole: bytes => complete('gzip', wholeGunzip(bytes)),
  stream: chunks => completeStream('gzip', streamGunzip(chunks)),
}

export const unzstd: Decompression = {
  whole: bytes => complete('zstd', wholeUnzstd(bytes)),
  stream: chunks => completeStream('zstd', streamUnzstd(chunks)),
}

function undecodable(name: string, cause: unknown): CodedError {
  return new CodedError('RECORD_UNDECODABLE', `The object’s bytes are not complete ${name} data.`, { cause })
}

async function complete(name: string, content: Promise<Buffer>): Promise<Buffer> {
  return await content.catch(cause => {
    throw undecodable(name, cause)
  })
}

async function* completeStream(name: string, content: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  try {
    yield* content
  } catch (cause) {
    // What the source of the bytes says stays as it is.
    throw cause instanceof CodedError ? cause : undecodable(name, cause)
  }
}

/** zlib reads all members, but passes over whatever follows a zero byte behind one of them. */
function wholeGunzip(bytes: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  zlib.gunzip(bytes, { info: true }, (error, result) => {
    if (error) return reject(error)
    // With `info`, the result is not the buffer that its type says.
    const { buffer, engine } = result as unknown as { buffer: Buffer; engine: zlib.Gunzip }
    if (engine.bytesWritten < bytes.length) return reject(somethingElse())
    resolve(buffer)
  })
  return promise
}

async function* streamGunzip(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const engine = zlib.createGunzip({ chunkSize: CHUNK_SIZE })
  let read = 0
  yield* through(engine, async function* () {
    for await (const chunk of chunks) {
      read += chunk.length
      yield chunk
    }
  })
  if (engine.bytesWritten < read) throw somethingElse()
}

function somethingElse(): Error {
  return new Error('something else follows the last gzip member')
}

async function wholeUnzstd(bytes: Buffer): Promise<Buffer> {
  const frames = zstdFrames(bytes)
  if (frames.length === 0) throw new Error('there is no zstd frame')
  const contents: Buffer[] = []
  for (const frame of frames) contents.push(await zstdDecompress(frame, { chunkSize: CHUNK_SIZE }))
  return contents.length === 1 ? (contents[0] as Buffer) : Buffer.concat(contents)
}

/** Small frames at once, which takes a quarter of the CPU; large ones as they come. */
async function* streamUnzstd(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const pieces = piecesOf(chunks)
  try {
    for (let frames = 0; ; frames++) {
      const start = await startOfFrame(pieces)
      if (start.bytes.length === 0 && frames === 0) throw new Error('there is no zstd frame')
      if (start.bytes.length === 0) return
      if (start.isWhole && start.blocks <= BLOCKS_AT_ONCE) yield await wholeOf(start)
      else yield* through(zlib.createZstdDecompress({ chunkSize: CHUNK_SIZE }), () => wholeFrame(start, pieces))
    }
  } finally {
    await pieces.return()
  }
}

/**
 * The content in memory of its own, so that whoever reads it can free it. Mostly all blocks but the last are full. Memory for as
 * much lets zstd write where the content stays: joining chunks takes as long as decompressing.
 */
async function wholeOf({ bytes, blocks }: FrameStart): Promise<Buffer> {
  const content = await zstdDecompress(bytes, { chunkSize: Math.max(blocks, 1) * BLOCK_BYTES })
  const { buffer, byteOffset, length } = content
  if (length === buffer.byteLength || byteOffset > 0) return content
  return Buffer.from((buffer as ArrayBuffer).transfer(length))
}

type Pieces = AsyncGenerator<FramePiece, void>

async function* piecesOf(chunks: AsyncIterable<Buffer>): Pieces {
  const frames = new ZstdFrames()
  for await (const chunk of chunks) yield* frames.pieces(chunk)
  frames.end()
}

interface FrameStart {
  /** None behind the last frame. */
  bytes: Buffer
  blocks: number
  isWhole: boolean
}

/** The next frame, or the beginning of a large one. */
async function startOfFrame(pieces: Pieces): Promise<FrameStart> {
  const parts: Buffer[] = []
  let blocks = 0
  let isWhole = false
  while (!isWhole && blocks <= BLOCKS_AT_ONCE) {
    const { value: piece } = await pieces.next()
    if (!piece) break
    parts.push(piece.bytes)
    blocks += piece.blocks
    isWhole = piece.last
  }
  const [only] = parts
  return { bytes: only && parts.length === 1 ? only : Buffer.concat(parts), blocks, isWhole }
}

async function* wholeFrame({ bytes, isWhole }: FrameStart, pieces: Pieces): AsyncIterable<Buffer> {
  yield bytes
  for (let ended = isWhole; !ended; ) {
    const { value: piece } = await pieces.next()
    if (!piece) return
    yield piece.bytes
    ended = piece.last
  }
}

/** What a stream makes of the chunks. */
async function* through(engine: Transform, chunks: () => AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  // The error comes out of the iteration.
  pipeline(Readable.from(chunks(), { highWaterMark: 1 }), engine, () => {})
  yield* engine as AsyncIterable<Buffer>
}
