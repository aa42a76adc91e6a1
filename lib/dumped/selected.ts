import { holdsOffset, intersect, unite } from '../commits/offset-runs.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { RecordSelection } from './dumped-records.ts'

/** Whether a selection has something of a topic-partition, as far as its name tells. */
export function isSelectedPlace({ topic, partition }: TopicPartition, selection: RecordSelection): boolean {
  const { partitions, offsets } = selection
  if (!isSelectedTopic(topic, selection)) return false
  if (partitions && !partitions.includes(partition)) return false
  return !offsets || offsets[topic]?.[partition] !== undefined
}

export function isSelectedTopic(topic: string, { topics, offsets }: RecordSelection): boolean {
  if (topics && !topics.some(name => matches(name, topic))) return false
  return !offsets || Object.hasOwn(offsets, topic)
}

function matches(name: string, topic: string): boolean {
  const pattern = /^\/(.+)\/$/s.exec(name)?.[1]
  return pattern === undefined ? name === topic : new RegExp(`^(?:${pattern})$`).test(topic)
}

/** What is selected of a topic-partition. */
export interface SelectedRecords {
  /** A normal set; absent: all. */
  ranges?: OffsetRuns
  /** Whether the object may have some of them, as far as is known of it. */
  mayHold(object: DumpedObject, after: number): boolean
  /** Whether a time is selected that the object's records don't have. */
  isOtherTime(object: DumpedObject): boolean
  /** Absent: every record is selected. */
  has?: (record: KafkaRecord) => boolean
}

export function selectedRecords({ topic, partition }: TopicPartition, selection: RecordSelection): SelectedRecords {
  const { from, until, keys } = selection
  const named = selection.offsets?.[topic]?.[partition]
  const ranges = named && unite(named)
  const least = from ?? Number.NEGATIVE_INFINITY
  const most = until ?? Number.POSITIVE_INFINITY
  const hasTime = from !== undefined || until !== undefined
  const known = keys && new Set(keys.map(key => key.toString('latin1')))

  const has = (record: KafkaRecord) => {
    const { timestamp, key, offset } = record
    if (hasTime && (timestamp === -1 || timestamp < least || timestamp >= most)) return false
    if (ranges && !holdsOffset(ranges, offset)) return false
    return !known || (key !== null && known.has(key.toString('latin1')))
  }

  return {
    ranges,
    mayHold({ bounds }, after) {
      if (!bounds) return true
      const { first, last } = bounds
      if (last <= after) return false
      return !ranges || last === Number.POSITIVE_INFINITY || intersect([[first, last - first + 1]], ranges).length > 0
    },
    isOtherTime({ minTimestamp, maxTimestamp }) {
      if (!hasTime || minTimestamp === undefined || maxTimestamp === undefined) return false
      return maxTimestamp < least || minTimestamp >= most
    },
    ...(hasTime || ranges || known ? { has } : {}),
  }
}
