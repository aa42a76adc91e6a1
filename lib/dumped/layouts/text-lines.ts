import { freeBuffer } from '../../free-buffer.ts'

const NEWLINE = 0x0a

/** Bytes of lines that are given at once. */
const BATCH_BYTES = 256 * 1024

/**
 * The lines of a text that comes in chunks, some at a time. Newlines separate them: behind the last newline comes one more line,
 * which may be empty. Holds some chunks, or the longest line. Lines are gone when the next ones are asked for.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer[]> {
  let parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE)
    bytes += chunk.length
    if (end === -1 || bytes < BATCH_BYTES) {
      parts.push(chunk)
      continue
    }
    parts.push(chunk.subarray(0, end))
    const text = Buffer.concat(parts)
    yield split(text)
    // Left to the garbage collector, the memory would grow much larger.
    freeBuffer(text)
    parts = [chunk.subarray(end + 1)]
    bytes = chunk.length - end - 1
  }
  yield split(Buffer.concat(parts))
}

function split(text: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf(NEWLINE, start)
    const end = found === -1 ? text.length : found
    lines.push(text.subarray(start, end))
    start = end + 1
  }
  return lines
}
