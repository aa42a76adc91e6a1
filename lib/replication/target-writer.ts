import { asCodedError, CodedError } from '../error.ts'
import type { KafkaProducer } from '../kafka/produce/producer.ts'
import type { TopicLimits } from '../kafka/produce/topic-sender.ts'
import type { KafkaRecord, OutgoingRecord, TopicPartition } from '../record.ts'
import { type Placed, type Span, spansOf } from './offsets/offset-map.ts'
import type { OffsetSyncs } from './offsets/offset-sync.ts'

/** A record of the source, and the record to produce to the target. */
export interface RoutedRecord {
  record: KafkaRecord
  outgoing: OutgoingRecord & { partition: number }
}

/** Records of one source partition on their way to a topic of the target. */
export interface RoutedBatch {
  source: TopicPartition
  target: string
  /** At least one, in the order of their offsets. */
  records: RoutedRecord[]
}

/** Writes records to the target, and their positions to the offset topics. */
export interface TargetWriter extends Pick<TopicLimits, 'limitOf'> {
  /**
   * Resolves when the cluster has acknowledged everything.
   *
   * @param deadline in milliseconds since the epoch
   * @returns the records that were written; the others were already on the target
   * @throws CodedError
   */
  write(batch: RoutedBatch, deadline: number): Promise<RoutedRecord[]>
}

/**
 * At least once: a batch that is delivered again is written again. Only the trigger causes that: problems with the offset
 * topics never make an invocation repeat records that are on the target. The offset topics must be ready before the first
 * records are written; after that only the write to them is retried, and its last error is final.
 *
 * @param syncs absent: offsets are not translated
 */
export function createTargetWriter(producer: KafkaProducer, syncs: OffsetSyncs | undefined): TargetWriter {
  return {
    limitOf: producer.limitOf,
    async write({ source, target, records }, deadline) {
      const recorder = hasOffsets(records) ? syncs : undefined
      await recorder?.ready()
      const placed = await producer.send(target, records.map(toOutgoing), deadline)
      await recorder?.record(source, placedSpans(records, placed), deadline).catch(endWithout)
      return records
    },
  }
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

export function placedSpans(records: RoutedRecord[], placed: Placed[]): Span[] {
  return spansOf(
    records.map(({ record }) => record.offset),
    placed,
  )
}
