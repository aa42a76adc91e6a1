import type { ReadingFindings } from '../dumped/dumped-records.ts'
import type { KafkaRecord, OutgoingRecord, TopicPartition } from '../record.ts'
import { createRecordDigest, type RecordDigest } from '../record-digest.ts'
import type { Span } from '../replication/offsets/span-list.ts'
import type { GatheredBatch } from './gathered.ts'
import type { RestoredPartition } from './report.ts'

/** Counts what is read of a topic-partition and what is produced. */
export interface PlaceTally {
  /** The offset before which every selected record is on the target, or in a dry run was read; undefined when none is. */
  readonly next: number | undefined
  /** Records that were produced. */
  readonly produced: number
  /** The oldest timestamp so far; undefined when no record has one. */
  readonly oldest: number | undefined
  /** Bytes that are on the target. */
  readonly bytes: number
  read(batch: GatheredBatch): void
  /** A batch is done, and what was read before it and isn't selected. */
  passed(batch: GatheredBatch): void
  /**
   * @param records that are on the target now
   * @param produced those of them that were produced, as they were produced
   * @param spans where they are, as far as it is known
   */
  done(records: readonly KafkaRecord[], produced: readonly OutgoingRecord[], spans: readonly Span[]): void
  /** Records that are on the target already, of a batch that isn't written. */
  present(records: number): void
  result(findings: ReadingFindings): RestoredPartition
}

export function createPlaceTally({ topic, partition }: TopicPartition): PlaceTally {
  const read = createRecordDigest()
  const produced = createProducedDigest(read)
  let [bytes, present] = [0, 0]
  let next: number | undefined
  let oldest: number | undefined
  let [firstOffset, lastOffset, targetFirst, targetLast]: (number | undefined)[] = []

  return {
    get next() {
      return next
    },
    get produced() {
      return produced.records
    },
    get oldest() {
      return oldest
    },
    get bytes() {
      return bytes
    },
    read(batch) {
      produced.reading()
      read.add(batch.records)
      bytes += batch.bytes
      firstOffset ??= batch.records[0]?.offset
      lastOffset = batch.records.at(-1)?.offset
      for (const { timestamp } of batch.records)
        if (timestamp !== NO_TIMESTAMP && !(timestamp >= (oldest ?? Number.POSITIVE_INFINITY))) oldest = timestamp
    },
    passed(batch) {
      next = batch.next
    },
    done(records, outgoing, spans) {
      produced.add(records, outgoing)
      present += records.length - outgoing.length
      next = (records.at(-1)?.offset ?? 0) + 1
      const [first, last] = [spans[0], spans.at(-1)]
      if (!first || !last) return
      targetFirst ??= first.targetFirst
      targetLast = last.targetFirst + last.count - 1
    },
    present(records) {
      present += records
    },
    result: ({ missing, missingOffsets, duplicates, conflicts, corrupt }) => ({
      ...{ topic, partition, records: read.records, bytes, firstOffset, lastOffset },
      ...{
        present,
        produced: produced.records,
        targetFirst,
        targetLast,
        missing,
        missingOffsets,
        duplicates,
        conflicts,
      },
      corrupt: corrupt.map(({ key, firstOffset, lastOffset, error }) => ({
        ...{ key, firstOffset, lastOffset },
        message: error.message,
      })),
      digestRead: read.digest(),
      digestProduced: produced.digest(),
    }),
  }
}

/**
 * The digest of what is produced. It is that of what is read for as long as exactly that is produced, so that nothing is hashed
 * twice in a restore that changes no record.
 *
 * @param read the digest of what is read
 */
function createProducedDigest(read: RecordDigest) {
  /** Of what was read before the current batch, all of which was produced as it was. */
  let before = read.copy()
  let isWhole = true
  let own: RecordDigest | undefined

  return {
    get records() {
      return own?.records ?? (isWhole ? read : before).records
    },
    /** A batch is about to be read. Nothing is read before the last one was produced. */
    reading() {
      if (own) return
      if (!isWhole) own = before
      else before = read.copy()
      isWhole = false
    },
    add(records: readonly KafkaRecord[], outgoing: readonly OutgoingRecord[]) {
      const isSame = records.length === outgoing.length && outgoing.every((one, index) => one === records[index])
      if (!own && !isWhole && isSame && before.records + records.length === read.records) isWhole = true
      else {
        own ??= before
        own.add(outgoing)
      }
    },
    digest: () => (own ?? (isWhole ? read : before)).digest(),
  }
}

/** Source: Apache Kafka, `RecordBatch.NO_TIMESTAMP`. */
const NO_TIMESTAMP = -1
