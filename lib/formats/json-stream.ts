import { freeBuffer } from '../free-buffer.ts'
import type { StoredRecord } from './format.ts'
import { JsonScanner } from './json-scanner.ts'

/** How records stand in a text. */
export interface JsonFraming {
  /** Whether the records are the elements of an array; otherwise control characters separate them. */
  isArray: boolean
  /**
   * Reads what isn't written as this project does it.
   *
   * @param chunks a text with the same framing
   */
  parse(chunks: AsyncIterable<Buffer>): AsyncIterable<StoredRecord[]>
  /** Whether nobody else has the chunks, so that they may be freed; otherwise they are copied. */
  areOwn: boolean
}

/** Bytes of text that are read at once, and more if a record is longer. */
const WINDOW_BYTES = 256 * 1024

const BRACKET = 0x5b
const COMMA = 0x2c
const SPACE = 0x20

/**
 * The records of a text that comes in chunks, some at a time. They are scanned as far as this project wrote them. From the last
 * of these on, everything is parsed: at least the end of an array, and what is written otherwise.
 *
 * @throws CodedError `RECORD_UNDECODABLE`
 */
export async function* recordsOfJson(
  chunks: AsyncIterable<Buffer>,
  { isArray, parse, areOwn }: JsonFraming,
): AsyncIterable<StoredRecord[]> {
  const source = chunks[Symbol.asyncIterator]()
  const text = new ScannedText(isArray, areOwn)
  let isOver = false
  try {
    do {
      yield* text.records()
      isOver = !text.isOther && !(await text.append(source))
    } while (!text.isOther && !isOver)
    if (isOver && text.isEnded) return
    let known = text.isBegun ? 1 : 0
    for await (const records of parse(theRest(text.rest, source))) {
      yield known === 0 ? records : records.slice(known)
      known = 0
    }
    isOver = true
  } finally {
    if (!isOver) await source.return?.()
  }
}

async function* theRest(rest: Buffer[], source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* rest
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
}

/** The part of a text that is in memory: from the last record that was scanned. */
class ScannedText {
  /** Whether something is written otherwise. */
  isOther = false
  /** Whether a record was scanned. */
  isBegun = false
  readonly #isArray: boolean
  readonly #areOwn: boolean
  readonly #scanner = new JsonScanner()
  #bytes: Buffer = Buffer.alloc(0)
  /** Where the last record begins, and where it ends. */
  #last = 0
  #end = 0

  constructor(isArray: boolean, areOwn: boolean) {
    this.#isArray = isArray
    this.#areOwn = areOwn
  }

  /** Whether only separators follow the last record: an array ends otherwise. */
  get isEnded(): boolean {
    return !this.#isArray && this.#behindSeparators(this.#bytes.length) === this.#bytes.length
  }

  /** From the last record on, or everything, with the same framing. */
  get rest(): Buffer[] {
    const isCut = this.#isArray && this.isBegun
    return [...(isCut ? [Buffer.of(BRACKET)] : []), this.#bytes.subarray(this.#last)]
  }

  /** The records that are complete, some at a time. */
  *records(): Generator<StoredRecord[]> {
    const { length } = this.#bytes
    for (let size = WINDOW_BYTES, limit = 0; limit < length && !this.isOther; ) {
      limit = Math.min(length, this.#end + size)
      const records = this.#scan(limit)
      // A record that is longer than that.
      size = records.length === 0 ? 2 * size : WINDOW_BYTES
      if (records.length > 0) yield records
    }
  }

  #scan(limit: number): StoredRecord[] {
    const scanner = this.#scanner
    const records: StoredRecord[] = []
    scanner.begin(this.#bytes.subarray(0, limit), this.#end)
    while (true) {
      const start = this.#behindSeparators(limit)
      if (start === limit || this.isOther) return records
      scanner.at = start
      const record = scanner.record()
      if (!record) {
        this.isOther = scanner.at < limit
        return records
      }
      records.push(record)
      this.isBegun = true
      this.#last = start
      this.#end = scanner.at
    }
  }

  /** Where the next record begins. */
  #behindSeparators(limit: number): number {
    const bytes = this.#bytes
    let at = this.#end
    if (at === limit) return at
    if (this.#isArray) this.isOther = bytes[at++] !== (this.isBegun ? COMMA : BRACKET)
    else {
      while (at < limit && (bytes[at] as number) < SPACE) at++
      this.isOther = this.isBegun && at === this.#end
    }
    return at
  }

  /** Adds the next chunk, or as many as there is text, so that a long record isn't copied with each. @returns whether there is one */
  async append(source: AsyncIterator<Buffer>): Promise<boolean> {
    const kept = this.#bytes.subarray(this.#last)
    const parts = [kept]
    let added = 0
    while (added === 0 || added < kept.length) {
      const { value, done } = await source.next()
      if (done) break
      parts.push(value)
      added += value.length
    }
    // Records are copies. Left to the garbage collector, the memory would grow much larger.
    const read = this.#bytes
    const [, only] = parts
    this.#bytes = only && kept.length === 0 && parts.length === 2 && this.#areOwn ? only : Buffer.concat(parts)
    freeBuffer(read)
    this.#end -= this.#last
    this.#last = 0
    return added > 0
  }
}
