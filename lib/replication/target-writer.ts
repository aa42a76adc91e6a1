import { AbnormalDataError } from '../delivery/abnormal-data.ts'
import type { Attempt } from '../delivery/attempt.ts'
import { asCodedError, CodedError } from '../error.ts'
import type { KafkaProducer } from '../kafka/produce/producer.ts'
import type { KafkaRecord, OutgoingRecord, TopicPartition } from '../record.ts'
import { RefusedRecordsError } from '../refused-records.ts'
import { type Placed, spansOf } from './offsets/offset-map.ts'
import type { OffsetSyncs, SourcePartition } from './offsets/offset-sync.ts'
import type { Span } from './offsets/span-list.ts'

/** A record of the source, and the record to produce to the target. */
export interface RoutedRecord {
  record: KafkaRecord
  outgoing: OutgoingRecord & { partition: number }
}

/** Records of one source partition on their way to a topic of the target. */
export interface RoutedBatch {
  /** With a topic id where offsets are recorded for it. */
  source: SourcePartition
  target: string
  /** At least one, in the order of their offsets. */
  records: RoutedRecord[]
  /**
   * Whether records go to other partitions than their own. Positions can't be translated then: what is recorded only says which
   * records of the source are on the target.
   */
  scattered?: boolean
}

/** What a writer has written of a batch. */
export interface Written {
  /** The records that were written, in order; the others were already on the target. */
  written: RoutedRecord[]
  /** Where they are. */
  spans: Span[]
}

/** Writes records to the target, and their positions to the offset topics. */
export interface TargetWriter {
  /**
   * Resolves when the cluster has acknowledged everything.
   *
   * @param attempt is told of the records that are on the target if others are not
   * @throws AbnormalDataError when the target refuses some of the records
   * @throws CodedError
   */
  write(batch: RoutedBatch, attempt: Pick<Attempt, 'deadline' | 'delivered'>): Promise<Written>
  /**
   * Resolves when readers of committed records see what was written of a source partition. Absent: they see it at once.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError
   */
  settled?(source: TopicPartition, deadline: number): Promise<void>
}

/**
 * At least once: a batch that is delivered again is written again. Only the trigger causes that: problems with the offset
 * topics never make an invocation repeat records that are on the target. The offset topics must be ready before the first
 * records are written; after that only the write to them is retried, and its last error is final.
 *
 * @param syncs absent: offsets are not translated
 */
export function createTargetWriter(
  producer: Pick<KafkaProducer, 'send'>,
  syncs: OffsetSyncs | undefined,
): TargetWriter {
  return {
    async write({ source, target, records, scattered }, { deadline, delivered }) {
      const recorder = hasOffsets(records) ? syncs : undefined
      await recorder?.ready()
      const stored: RoutedRecord[] = []
      const placed: Placed[] = []
      const onStored = (indexes: number[], placement: Placed) => {
        placed.push(placement)
        for (const index of indexes) stored.push(records[index] as RoutedRecord)
      }
      const failure = await producer
        .send(target, records.map(toOutgoing), deadline, onStored)
        .then(() => undefined, asCodedError)
      const spans = hasOffsets(records) ? placedSpans(stored, placed, scattered) : []
      const recorded = recorder?.record(source, spans, deadline)
      if (!failure) {
        await recorded?.catch(endWithout)
        return { written: records, spans }
      }
      // The failure says more than that the offsets of a part could not be written either.
      await recorded?.catch(() => {})
      delivered(stored.map(({ record }) => record))
      throw abnormalData(failure, records)
    },
  }
}

/** Replaces an error for records that the target refuses by one that names those of the source. */
export function abnormalData(error: unknown, records: RoutedRecord[]): unknown {
  if (!(error instanceof RefusedRecordsError)) return error
  const failed = error.refused.map(({ index, error: { code, message, cause } }) => {
    const { record } = records[index] as RoutedRecord
    const { topic, partition, offset } = record
    return { record, error: new CodedError(code, message, { topic, partition, offset, cause }) }
  })
  return new AbnormalDataError(failed)
}

/** Never retryable, because another attempt would write the records again. */
function endWithout(thrown: unknown): never {
  const { code, message, cause } = asCodedError(thrown)
  throw new CodedError(code, `The records are on the target, but their offsets could not be written: ${message}`, {
    cause,
  })
}

/** Events of some platforms have no offsets: then there is nothing to translate, and a record can't be recognized. */
export function hasOffsets([first]: RoutedRecord[]): boolean {
  return first !== undefined && first.record.offset >= 0
}

export function toOutgoing({ outgoing }: RoutedRecord): RoutedRecord['outgoing'] {
  return outgoing
}

/**
 * @param records in the order in which they were placed
 * @param scattered whether each span has the source's offsets on both sides, because there is no single target partition
 */
export function placedSpans(records: RoutedRecord[], placed: Placed[], scattered = false): Span[] {
  const offsets = records.map(({ record }) => record.offset)
  if (!scattered) return spansOf(offsets, placed)
  offsets.sort((one, other) => one - other)
  return spansOf(
    offsets,
    offsets.map(firstOffset => ({ firstOffset, records: 1 })),
  )
}
