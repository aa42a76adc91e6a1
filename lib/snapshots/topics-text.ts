import type { RecordedTopic, TopicsSnapshot } from './snapshot.ts'
import { isRecord, parseSnapshot } from './snapshot-text.ts'

/** The JSON of a snapshot: topics and settings in the order of their names, so that equal snapshots have equal texts. */
export function topicsText({ schema, time, topics }: TopicsSnapshot): Buffer {
  const sorted = [...topics]
    .toSorted(byName)
    .map(([name, { partitions, replicas, settings }]): [string, RecordedTopic] => [
      name,
      { partitions, replicas, settings: Object.fromEntries(Object.entries(settings).toSorted(byName)) },
    ])
  return Buffer.from(JSON.stringify({ schema, time, topics: Object.fromEntries(sorted) }))
}

/** @throws CodedError `SNAPSHOT_UNREADABLE` */
export function parseTopics(key: string, text: Buffer): TopicsSnapshot {
  return parseSnapshot(key, text, ({ topics }) => {
    if (!isRecord(topics) || !Object.values(topics).every(isTopic)) return undefined
    return { topics: new Map(Object.entries(topics as Record<string, RecordedTopic>)) }
  })
}

function isTopic(value: unknown): value is RecordedTopic {
  if (!isRecord(value)) return false
  const { partitions, replicas, settings } = value
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0
  if (!isCount(partitions) || !isCount(replicas) || !isRecord(settings)) return false
  return Object.values(settings).every(setting => typeof setting === 'string')
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1
}
