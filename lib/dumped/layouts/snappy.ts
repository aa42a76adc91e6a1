import { snappyDecompress } from '@platformatic/wasm-utils'

/** Bytes of a block's length at most: 32 bits, seven in each byte. */
const LENGTH_BYTES = 5

/** Bytes of a block that is read: many times what any writer puts into one (32 KiB by default). */
const MOST_BLOCK_BYTES = 64 * 1024 * 1024

/**
 * The content of a block in Snappy's raw format, which begins with its length. Source: google/snappy, `format_description.txt`. Not
 * hyparquet's decoder: it doesn't end for some damaged blocks.
 *
 * @param most bytes that the content may have
 * @throws an error when the bytes are something else
 */
export function snappyContent(block: Uint8Array, most = MOST_BLOCK_BYTES): Buffer {
  const length = contentLength(block)
  if (length === undefined || length > most) throw new Error('not a snappy block')
  return snappyDecompress(Buffer.from(block.buffer, block.byteOffset, block.byteLength))
}

function contentLength(block: Uint8Array): number | undefined {
  let length = 0
  for (const [index, byte] of block.subarray(0, LENGTH_BYTES).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return length
  }
  return undefined
}

/** Bytes before the blocks: eight that tell the format, and two versions of 32 bits each. Source: snappy-java, `SnappyCodec.java`. */
const HEADER_BYTES = 16

/**
 * The content of a stream of snappy-java: a header, then blocks, each with its length before it. Holds some blocks.
 *
 * @throws an error when the bytes are something else, or are cut off
 */
export async function* unsnappy(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  let isBegun = false
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (!isBegun) {
      if (rest.length < HEADER_BYTES) continue
      rest = rest.subarray(HEADER_BYTES)
      isBegun = true
    }
    for (let end = blockEnd(rest); end !== undefined && end <= rest.length; end = blockEnd(rest)) {
      yield snappyContent(rest.subarray(4, end))
      rest = rest.subarray(end)
    }
  }
  if (!isBegun || rest.length > 0) throw new Error('the snappy stream is cut off')
}

function blockEnd(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined
  const length = bytes.readInt32BE()
  if (length < 0 || length > MOST_BLOCK_BYTES) throw new Error('not a snappy stream')
  return 4 + length
}
