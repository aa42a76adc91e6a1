import type { DumpedBatch } from '../dumped/dumped-records.ts'
import { bytesOf } from '../observability/telemetry.ts'
import type { KafkaRecord } from '../record.ts'

/**
 * Batches that are joined at most. With a selection that few records fit, some seconds of reading go by until then, and whoever
 * goes on would have to read for them again.
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
    if (records.length === 0 || joined >= MOST_JOINED) yield taken()
  }
  if (records.length > 0) yield taken()
}

/** Parts of the same number of records, as many as it takes for the average one to have so many bytes. */
function partsOf(records: KafkaRecord[], mostBytes: number): { records: KafkaRecord[]; bytes: number }[] {
  const bytes = bytesOf(records)
  const parts = Math.min(Math.ceil(bytes / mostBytes), records.length)
  if (parts <= 1) return [{ records, bytes }]
  const each = Math.ceil(records.length / parts)
  return Array.from({ length: parts }, (_, index) => records.slice(index * each, (index + 1) * each))
    .filter(({ length }) => length > 0)
    .map(part => ({ records: part, bytes: bytesOf(part) }))
}

/** Asks for the next item while the one before is used: one at most is ready, so that memory is bounded. */
export async function* readAhead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next()
  try {
    for (;;) {
      const { done, value } = await next
      if (done) return
      next = items.next()
      // Its error is thrown when its turn comes, after what was read before it is written.
      next.catch(() => {})
      yield value
    }
  } finally {
    await items.return(undefined)
  }
}
