import type { ConsumedRecord } from '../../kafka/read/consumed-record.ts'
import type { RefusalReason } from '../intake/screened-record.ts'

/** Why a mapping gives up records. */
export type Reason = 'retries' | 'age' | 'size' | RefusalReason

/** Records as one event has them. */
export interface DiscardedEvent {
  /** The size of the payload. */
  bytes: number
  /** How many records the event has. */
  count: number
  partitions(): { partition: number; records: ConsumedRecord[] }[]
  /** The event as JSON. */
  payload(): Buffer
}

/** What a mapping gives up at once. */
export interface Discarded {
  reason: Reason
  /** How often the function was called with these records. */
  invokeCount: number
  event: DiscardedEvent
  /** An event of its own for each record, in the order of the records. */
  singles(): Iterable<DiscardedEvent>
}

/** Where a mapping sends what it gives up. */
export interface Destination {
  /** As log lines name it, such as `the topic failed`. */
  name: string
  /** Rejects when not everything was stored. A repetition may then store some of it twice. */
  put(discarded: Discarded): Promise<void>
  close(): Promise<void>
}
