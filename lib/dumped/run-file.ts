import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EncodeOptions, StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'

/** Where some records are in a file. */
export interface RunChunk {
  start: number
  length: number
}

/** Everything that a record has, whichever object it came from. */
const EVERYTHING: EncodeOptions = {
  values: 'bytes',
  compression: 'zstd',
  includeHeaders: true,
  includeKey: true,
  includeValueSize: true,
  maxInlineValueBytes: 0,
  recordSeparator: '\n',
}

/** Records at once: what a reader of a run holds. */
const CHUNK_RECORDS = 300
const CHUNK_BYTES = 128 * 1024

/**
 * Records that don't fit into memory, in a temporary file. It has no name once it is open, so that its room is free again when
 * the process ends, however it ends.
 */
export class RunFile {
  readonly #file: FileHandle
  #end = 0

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async open(): Promise<RunFile> {
    const path = join(tmpdir(), `dump-${process.pid}-${randomUUID()}`)
    const file = await open(path, 'wx+', 0o600)
    await unlink(path)
    return new RunFile(file)
  }

  /** Writes records, which are read back in the same order. One writer at a time. */
  async append(records: readonly StoredRecord[]): Promise<RunChunk[]> {
    const { joining } = await formats.avro.load()
    const chunks: RunChunk[] = []
    for (let start = 0; start < records.length; ) {
      const end = endOfChunk(records, start)
      const bytes = await joining.frame(records.slice(start, end), EVERYTHING)
      await this.#file.write(bytes, 0, bytes.length, this.#end)
      chunks.push({ start: this.#end, length: bytes.length })
      this.#end += bytes.length
      start = end
    }
    return chunks
  }

  async *read(chunks: readonly RunChunk[]): AsyncGenerator<StoredRecord[]> {
    const { joining } = await formats.avro.load()
    for (const { start, length } of chunks) {
      const bytes = Buffer.allocUnsafeSlow(length)
      await this.#file.read(bytes, 0, length, start)
      yield await joining.records(bytes, EVERYTHING, { topic: '', partition: 0, offsets: [] })
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

function endOfChunk(records: readonly StoredRecord[], start: number): number {
  let end = start
  for (let bytes = 0; end < records.length && end < start + CHUNK_RECORDS && bytes < CHUNK_BYTES; end++) {
    const { key, value } = records[end] as StoredRecord
    bytes += (key?.length ?? 0) + (value?.length ?? 0)
  }
  return end
}
