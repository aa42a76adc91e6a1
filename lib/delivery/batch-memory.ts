import { createHash } from 'node:crypto'
import { type RecordBatch, recordsInOrder } from '../batch.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { Progress } from './progress.ts'

/**
 * As many topic-partitions as an event can have: one that forgot some of them could fail forever. An entry takes 0.8 KB and a bit
 * for each record. Source: AWS Lambda Developer Guide, "Event source mapping parameters": at most 10,000 records in a batch.
 */
const MAX_ENTRIES = 10_000

/**
 * A trigger repeats a batch right after it has failed, and an invocation takes at most a quarter of an hour: enough for four of
 * the longest. What is older may have been deleted from the bucket since, or the group may have been set back to write it again.
 */
const MAX_AGE_MS = 60 * 60_000

/** What was done for a batch of an invocation that failed. */
interface Entry {
  digest: string
  /** One bit for each record of the batch, in its order: whether it is done. */
  done: Uint8Array
  steps: Set<string>
  /** When the first of the invocations failed, in milliseconds since the epoch. */
  since: number
}

/**
 * What a failed invocation has done already, as long as the instance lives: the trigger delivers its batches again, and they
 * continue where they stopped. Only a batch with exactly the same records continues.
 */
export class BatchMemory {
  /** By topic-partition, oldest first. */
  readonly #entries = new Map<string, Entry>()

  /** What is done for the batch, which is then forgotten: the invocation remembers it again if it fails, too. */
  recall(batch: RecordBatch): Progress {
    const name = nameOf(batch)
    const entry = this.#entries.get(name)
    if (!entry) return new Progress()
    this.#entries.delete(name)
    const records = recordsInOrder(batch)
    if (Date.now() - entry.since > MAX_AGE_MS || digestOf(records) !== entry.digest) return new Progress()
    const done = records.filter((_, index) => (entry.done[index >> 3] ?? 0) & (1 << (index & 7)))
    return new Progress(done, entry.steps, entry.since)
  }

  /** Remembers what is done for the batch. */
  keep(batch: RecordBatch, progress: Progress): void {
    if (progress.isEmpty) return
    const records = recordsInOrder(batch)
    const isDone = progress.done()
    const done = new Uint8Array(Math.ceil(records.length / 8))
    for (const [index, record] of records.entries()) {
      if (isDone.has(record)) done[index >> 3] = (done[index >> 3] ?? 0) | (1 << (index & 7))
    }
    const name = nameOf(batch)
    this.#entries.delete(name)
    this.#entries.set(name, {
      digest: digestOf(records),
      done,
      steps: progress.steps,
      since: progress.since ?? Date.now(),
    })
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break
      this.#entries.delete(oldest)
    }
  }
}

/** No topic's name has a slash. */
function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** Identifies the records with all their fields. Lengths come before contents, so that bytes can't be divided otherwise. */
function digestOf(records: KafkaRecord[]): string {
  const hash = createHash('sha256')
  for (const { offset, timestamp, eventTime, valueSchemaId, key, value, headers } of records) {
    const lengths = [key, value, ...headers.map(header => header.value)].map(bytes => bytes?.length ?? null)
    const names = headers.map(header => header.key)
    hash.update(JSON.stringify([offset, timestamp, eventTime, valueSchemaId, names, lengths]))
    if (key) hash.update(key)
    if (value) hash.update(value)
    for (const header of headers) if (header.value) hash.update(header.value)
  }
  return hash.digest('base64')
}
