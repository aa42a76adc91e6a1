const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const BRACKET = 0x5b
const BRACE = 0x7b
/** In ASCII, `]` and `}` come two behind `[` and `{`. */
const TO_CLOSING = 2

/** Bytes of text that are decoded at once. */
const BATCH_BYTES = 256 * 1024

/**
 * The elements of a JSON array that comes in chunks: some at a time, as the text of an array. Whether they are JSON turns out
 * when they are parsed.
 *
 * @throws an error when the bytes are not an array, or are cut off
 */
export async function* elementsOf(chunks: AsyncIterable<Buffer>): AsyncIterable<string> {
  const commas = new ElementCommas()
  let parts: Buffer[] = []
  let bytes = 0
  let begin = ''
  for await (const chunk of chunks) {
    const comma = commas.lastOf(chunk)
    parts.push(chunk)
    bytes += chunk.length
    if (comma === -1 || bytes < BATCH_BYTES) continue
    parts[parts.length - 1] = chunk.subarray(0, comma)
    yield `${begin}${Buffer.concat(parts)}]`
    begin = '['
    parts = [chunk.subarray(comma + 1)]
    bytes = chunk.length - comma - 1
  }
  const last = Buffer.concat(parts).toString()
  // An array can't end with a comma.
  if (begin !== '' && last.trim() === ']') throw new Error('an element is missing')
  yield begin + last
}

/** Finds the commas between the elements of an array. */
class ElementCommas {
  #depth = 0
  #isInString = false
  #isEscaped = false

  /** Where the last one in the next chunk is; -1 if there is none. */
  lastOf(chunk: Buffer): number {
    let last = -1
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index]
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === BACKSLASH) this.#isEscaped = this.#isInString
      else if (byte === QUOTE) this.#isInString = !this.#isInString
      else if (this.#isInString) continue
      else if (byte === COMMA && this.#depth === 1) last = index
      else if (byte === BRACKET || byte === BRACE) this.#depth += 1
      else if (byte === BRACKET + TO_CLOSING || byte === BRACE + TO_CLOSING) this.#depth -= 1
    }
    return last
  }
}
