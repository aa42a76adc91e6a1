import { CodedError } from '../error.ts'
import { compressions } from '../formats/compression.ts'
import type { FormatSettings } from '../formats/encode.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import type { Compaction } from './compaction.ts'

/**
 * The records of an object that readers see, some at a time; none where the format keeps too little.
 *
 * @throws CodedError `STORE_OBJECT_MISSING`, `RECORD_UNDECODABLE`
 */
export async function* committedRecords(
  key: string,
  { format, compression }: FormatSettings,
  { store }: Compaction,
): AsyncGenerator<StoredRecord[]> {
  const { read } = await formats[format].load()
  const held = await store.head(key)
  if (!held) throw new CodedError('STORE_OBJECT_MISSING', `${key} is not there`)
  const source = {
    size: held.size,
    slice: (start: number, end: number) => store.slice(key, start, end),
    stream: () => store.stream(key),
  }
  if (read) yield* read(source, compression)
}

/** The text of an object of a format that keeps values only. @throws CodedError `STORE_OBJECT_MISSING` */
export async function* committedText(
  key: string,
  { compression }: FormatSettings,
  { store }: Compaction,
): AsyncGenerator<Buffer> {
  yield* compressions[compression].decompressStream(store.stream(key))
}

/**
 * Reads committed objects for one question after the other. Questions mostly come in the order of offsets, as records stand in
 * objects, so the object of the question before is read on from where it was left: a topic that is delivered again as a whole
 * doesn't have its objects read once for each batch.
 */
export class CommittedReader {
  readonly #compaction: Compaction
  #key: string | undefined
  #rest: AsyncGenerator<StoredRecord[]> | undefined
  /** What was read last. */
  #records: StoredRecord[] = []
  #isFromStart = true

  constructor(compaction: Compaction) {
    this.#compaction = compaction
  }

  /**
   * Shows the records of an object, some at a time, until there is enough: those from where it was left, then, if that isn't
   * enough, all.
   *
   * @param show returns whether it is enough
   * @throws CodedError `STORE_OBJECT_MISSING`, `RECORD_UNDECODABLE`
   */
  async read(key: string, form: FormatSettings, show: (records: StoredRecord[]) => boolean): Promise<void> {
    if (this.#key === key) {
      if (show(this.#records) || (await this.#readOn(show)) || this.#isFromStart) return
    }
    await this.close()
    this.#key = key
    this.#rest = committedRecords(key, form, this.#compaction)
    await this.#readOn(show)
  }

  async close(): Promise<void> {
    const rest = this.#rest
    this.#key = undefined
    this.#rest = undefined
    this.#records = []
    this.#isFromStart = true
    await rest?.return(undefined)
  }

  async #readOn(show: (records: StoredRecord[]) => boolean): Promise<boolean> {
    for (let next = await this.#rest?.next(); next && !next.done; next = await this.#rest?.next()) {
      // What was shown before is out of reach now.
      if (this.#records.length > 0) this.#isFromStart = false
      this.#records = next.value
      if (show(this.#records)) return true
    }
    return false
  }
}
