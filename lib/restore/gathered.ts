import type { DumpedBatch } from '../dumped/dumped-records.ts'
import { bytesOf } from '../observability/telemetry.ts'
import type { KafkaRecord } from '../record.ts'

/**
 * Batches that are joined at most. With a selection that few records fit, some seconds of reading go by until then, and whoever
 * continues would have to read for them again.
 */
const MOST_JOINED = 20

/** Records that are written at once. */
export interface GatheredBatch extends DumpedBatch {
  /** Of their keys, values and headers. */
  bytes: number
}

/**
 * Joins small batches, and divides large ones, into batches of about so many bytes: each is a transaction, which takes a few
 * round trips whatever its size.
 */
export async function* gathered(batches: AsyncIterable<DumpedBatch>, mostBytes: number): AsyncGenerator<GatheredBatch> {
  let records: KafkaRecord[] = []
  let [bytes, bytesRead, next, joined] = [0, 0, 0, 0]
  const taken = (): GatheredBatch => {
    const batch = { records, bytes, bytesRead, next }
    records = []
    bytes = 0
    joined = 0
    return batch
  }
  for await (const batch of batches) {
    bytesRead = batch.bytesRead
    for (const part of partsOf(batch.records, mostBytes)) {
      if (bytes > 0 && bytes + part.bytes > mostBytes) yield taken()
      records = records.length > 0 ? records.concat(part.records) : part.records
      bytes += part.bytes
      next = (part.records.at(-1)?.offset ?? batch.next - 1) + 1
    }
    next = batch.next
    joined += 1
    // A full one at once, so that no other batch is in memory beside it.
    if (records.length === 0 || bytes >= mostBytes || joined >= MOST_JOINED) yield taken()
  }
  if (records.length > 0) yield taken()
}

/** Parts of the same number of records, about so large: a batch that is little larger is one part. */
function partsOf(records: KafkaRecord[], mostBytes: number): { records: KafkaRecord[]; bytes: number }[] {
  const bytes = bytesOf(records)
  const parts = Math.min(Math.round(bytes / mostBytes), records.length)
  if (parts <= 1) return [{ records, bytes }]
  const each = Math.ceil(records.length / parts)
  return Array.from({ length: parts }, (_, index) => records.slice(index * each, (index + 1) * each))
    .filter(({ length }) => length > 0)
    .map(part => ({ records: part, bytes: bytesOf(part) }))
}
