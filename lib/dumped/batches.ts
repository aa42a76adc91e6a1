import type { StoredRecord } from '../formats/format.ts'
import type { DumpedBatch } from './dumped-records.ts'
import { withLargeValues } from './large-values.ts'
import type { MissingOffsets } from './missing-offsets.ts'
import { BatchGone } from './object-records.ts'
import type { Reading } from './reading.ts'
import type { SelectedRecords } from './selected.ts'

/**
 * A batch ends when so many records were read for it, selected or not, or bytes of keys, values and headers. Some batches of
 * several partitions are in memory at once, and each takes about twice as much: the objects of small records are as large as
 * their bytes.
 */
const BATCH_RECORDS = 10_000
export const BATCH_BYTES = 1.75 * 1024 * 1024

/** Batches of the selected records, with what is found meanwhile. */
export async function* batchesOf(
  chunks: AsyncGenerator<StoredRecord[]>,
  { has }: SelectedRecords,
  missing: MissingOffsets,
  reading: Reading,
): AsyncGenerator<DumpedBatch> {
  const { findings, after = -1 } = reading.options
  let batch: StoredRecord[] = []
  let [read, bytes, next] = [0, 0, after + 1]
  const finished = async (): Promise<DumpedBatch> => {
    const records = await withLargeValues(batch, reading, offset => missing.addLost(offset))
    batch = []
    read = 0
    bytes = 0
    return { records, next, bytesRead: reading.bytesRead }
  }
  let gone: BatchGone | undefined
  try {
    for await (const chunk of chunks) {
      const records = behind(chunk, after)
      if (records.length === 0) continue
      missing.add(records)
      for (const record of records) {
        if (has && !has(record)) findings.unselected += 1
        else batch.push(record)
        read += 1
        bytes += sizeOf(record)
        next = record.offset + 1
        if (bytes >= BATCH_BYTES || read >= BATCH_RECORDS) yield await finished()
      }
      reading.position = records.at(-1)?.offset
    }
    missing.end()
  } catch (error) {
    if (!(error instanceof BatchGone)) throw error
    gone = error
  }
  const last = await finished()
  if (last.records.length > 0) yield last
  if (gone) throw gone
}

function behind(records: StoredRecord[], after: number): StoredRecord[] {
  if ((records[0] as StoredRecord).offset > after) return records
  return records.filter(({ offset }) => offset > after)
}

function sizeOf({ key, value, headers, valueObject, valueSize = 0 }: StoredRecord): number {
  let bytes = (key?.length ?? 0) + (valueObject === undefined ? (value?.length ?? 0) : valueSize)
  for (const header of headers) bytes += header.key.length + (header.value?.length ?? 0)
  return bytes
}
