import { asCodedError, type CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { Bounds, DumpedObject } from './dumped-object.ts'
import { isObjectError, recordsIn } from './object-records.ts'
import { ObjectStore } from './object-store.ts'
import { type RunChunk, RunFile } from './run-file.ts'
import { assertWhole } from './whole-object.ts'

/** Bytes of keys and values that wait until they are written. */
const HELD_BYTES = 16 * 1024 * 1024

/** More than a record takes in memory beside its key and value. */
const RECORD_BYTES = 200

/** What an object of all partitions has of one. */
export interface SplitPart {
  bounds: Bounds
  chunks: RunChunk[]
}

/** An object of all partitions, divided. */
export interface SplitObject {
  object: DumpedObject
  parts: Map<number, SplitPart>
  /** It was damaged behind these records. */
  error?: CodedError
}

/** The objects of all partitions of a topic, each read once and divided by partition, in a temporary file. */
export interface TopicSplit {
  objects: SplitObject[]
  read(part: SplitPart): AsyncGenerator<StoredRecord[]>
  close(): Promise<void>
}

/** @throws CodedError of the store */
export async function splitTopic(objects: readonly DumpedObject[], signal?: AbortSignal): Promise<TopicSplit> {
  const file = await RunFile.open()
  try {
    const divided: SplitObject[] = []
    for (const object of objects) divided.push(await split(object, file, signal))
    return { objects: divided, read: ({ chunks }) => file.read(chunks), close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function split(object: DumpedObject, file: RunFile, signal?: AbortSignal): Promise<SplitObject> {
  const store = new ObjectStore(object.source.store, object, { signal, onBytes() {} })
  const parts = new Map<number, SplitPart>()
  const waiting = new WaitingRecords(parts, file)
  let error: CodedError | undefined
  let count = 0
  try {
    for await (const records of recordsIn(object, store)) {
      count += records.length
      await waiting.add(records)
    }
    await assertWhole(object, { records: count, last: -1 }, store)
  } catch (thrown) {
    signal?.throwIfAborted()
    if (!isObjectError(thrown)) throw thrown
    error = asCodedError(thrown)
  }
  await waiting.flush()
  return { object, parts, error }
}

/** Records of one object by partition, until there are so many that they are written. */
class WaitingRecords {
  readonly #parts: Map<number, SplitPart>
  readonly #file: RunFile
  #waiting = new Map<number, StoredRecord[]>()
  #bytes = 0

  constructor(parts: Map<number, SplitPart>, file: RunFile) {
    this.#parts = parts
    this.#file = file
  }

  async add(records: readonly StoredRecord[]): Promise<void> {
    for (const record of records) {
      const list = this.#waiting.get(record.partition)
      if (list) list.push(record)
      else this.#waiting.set(record.partition, [record])
      this.#bytes += RECORD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0)
    }
    if (this.#bytes >= HELD_BYTES) await this.flush()
  }

  async flush(): Promise<void> {
    for (const [partition, records] of this.#waiting) {
      const chunks = await this.#file.append(records)
      const first = (records[0] as StoredRecord).offset
      const last = (records.at(-1) as StoredRecord).offset
      const part = this.#parts.get(partition)
      if (!part) this.#parts.set(partition, { bounds: { first, last }, chunks })
      else {
        part.bounds.last = Math.max(part.bounds.last, last)
        part.chunks = part.chunks.concat(chunks)
      }
    }
    this.#waiting.clear()
    this.#bytes = 0
  }
}
