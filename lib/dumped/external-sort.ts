import type { StoredRecord } from '../formats/format.ts'
import type { LayoutRecord } from './layout.ts'
import { type MergeFindings, mergeByOffset, type SortedRecords, takeFirst } from './merge.ts'
import { type RunChunk, RunFile } from './run-file.ts'

/** Bytes of keys and values that are sorted in memory. */
const RUN_BYTES = 8 * 1024 * 1024

/** More than a record takes in memory beside its key and value. */
const RECORD_BYTES = 200

/** Runs that are merged at once: each holds some hundred kilobytes. */
const FAN_IN = 32

/** Records in ascending order of their offsets, in a file. */
type Run = RunChunk[]

/**
 * The records of very many by offset, each offset once, in memory that depends neither on their number nor on their size: they
 * are read one after the other, sorted in parts, and merged. What doesn't fit into memory is in a temporary file meanwhile.
 */
export async function* sortByOffset(
  parts: readonly SortedRecords[],
  findings: MergeFindings,
): AsyncGenerator<StoredRecord[]> {
  const sort = new ExternalSort(parts, findings)
  try {
    yield* sort.records()
  } finally {
    await sort.close()
  }
}

class ExternalSort {
  readonly #parts: readonly SortedRecords[]
  readonly #findings: MergeFindings
  #file: RunFile | undefined
  #runs: Run[] = []

  constructor(parts: readonly SortedRecords[], findings: MergeFindings) {
    this.#parts = parts
    this.#findings = findings
  }

  async *records(): AsyncGenerator<StoredRecord[]> {
    const last = await this.#sortParts()
    if (this.#runs.length === 0) {
      yield this.#restored(last)
      return
    }
    await this.#write(last)
    while (this.#runs.length > FAN_IN) {
      const merged = await this.#merge(this.#runs.splice(0, FAN_IN))
      this.#runs.push(merged)
    }
    for await (const records of this.#merged(this.#runs)) yield this.#restored(records)
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  /** @returns the records that are in no run yet, sorted */
  async #sortParts(): Promise<StoredRecord[]> {
    let held: StoredRecord[] = []
    let bytes = 0
    for (const [number, part] of this.#parts.entries()) {
      for await (const records of part.read()) {
        for (const record of records) {
          held.push(numbered(record, number))
          bytes += RECORD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0)
        }
        if (bytes < RUN_BYTES) continue
        await this.#write(this.#sorted(held))
        held = []
        bytes = 0
      }
    }
    return this.#sorted(held)
  }

  /** In order, each offset once. */
  #sorted(records: StoredRecord[]): StoredRecord[] {
    records.sort((a, b) => a.offset - b.offset || this.#precedenceOf(b) - this.#precedenceOf(a))
    return takeFirst(records, this.#findings)
  }

  async #write(records: StoredRecord[]): Promise<void> {
    this.#file ??= await RunFile.open()
    this.#runs.push(await this.#file.append(records))
  }

  async #merge(runs: Run[]): Promise<Run> {
    const merged: Run[] = []
    for await (const records of this.#merged(runs)) merged.push(await (this.#file as RunFile).append(records))
    return merged.flat()
  }

  #merged(runs: Run[]): AsyncGenerator<StoredRecord[]> {
    const file = this.#file as RunFile
    const parts = runs.map(run => ({
      first: 0,
      precedence: (record: StoredRecord) => this.#precedenceOf(record),
      read: () => file.read(run),
    }))
    return mergeByOffset(parts, this.#findings)
  }

  #precedenceOf(record: StoredRecord): number {
    return this.#part(record).precedence(record)
  }

  /** As they were before {@link numbered}. */
  #restored(records: LayoutRecord[]): StoredRecord[] {
    for (const record of records) {
      const part = this.#part(record)
      record.partition = part.partition
      if (record.valueObject === LEFT_OUT) {
        record.valueObject = undefined
        record.isWithoutValue = true
      }
      part.onRestored?.(record)
    }
    return records
  }

  #part({ partition }: StoredRecord): SortedRecords {
    return this.#parts[partition] as SortedRecords
  }
}

/** While a record is sorted, the number of its part stands where its partition was, so that it comes along in a file. */
function numbered({ isWithoutValue, ...record }: LayoutRecord, number: number): StoredRecord {
  return { ...record, partition: number, ...(isWithoutValue && { valueObject: LEFT_OUT }) }
}

/** Stands for a value that the connector left out. No object has an empty key. */
const LEFT_OUT = ''
