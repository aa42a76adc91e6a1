/** Bytes of text that are decoded at once. */
const BATCH_BYTES = 256 * 1024

/** The first character that is not a control character. */
const SPACE = 0x20

/**
 * Whole lines of a text that comes in chunks, some lines at a time. Lines end with control characters, which they can't
 * contain.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    const end = chunk.findLastIndex(byte => byte < SPACE)
    parts.push(chunk)
    bytes += chunk.length
    if (end === -1 || bytes < BATCH_BYTES) continue
    parts[parts.length - 1] = chunk.subarray(0, end)
    yield Buffer.concat(parts)
    parts = [chunk.subarray(end)]
    bytes = chunk.length - end
  }
  yield Buffer.concat(parts)
}
