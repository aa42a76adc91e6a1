import { elementsOf } from '../../formats/json-elements.ts'
import type { LayoutObject, LayoutRecord, LayoutStore } from '../layout.ts'
import { openContent } from './content.ts'
import type { ConnectorLayout } from './settings.ts'
import { ofPlace, surveyed } from './survey.ts'
import { decodable } from './undecodable.ts'

/**
 * What Alibaba Cloud's connector from ApsaraMQ for Kafka to OSS writes through Function Compute: arrays of records, in objects
 * whose names say nothing of them. Source: ApsaraMQ for Kafka, "Create an OSS sink connector".
 */
export const alibaba: ConnectorLayout = {
  title: 'Alibaba Cloud’s connector from Kafka to OSS, by Function Compute',
  losses: [
    'Headers: the connector leaves them out.',
    'Bytes that are not UTF-8: the connector has made text of keys and values.',
    'Values above the limit of Function Compute’s requests: their records have `overflowFlag: true` and the size only. They are reported with their offsets and not restored. Kafka has them as long as its retention lasts.',
  ],
  create: () => ({
    losses: alibaba.losses,
    isChained: false,
    // A console makes objects for folders, too.
    parse: key => (key.endsWith('/') ? undefined : 'unread'),
    survey: (object, store) => surveyed(recordsOf(object, store)),
    read: (object, store) => ofPlace(recordsOf(object, store), object),
  }),
}

/** A record. A key or value that is null is left out. */
interface AlibabaRecord {
  topic: string
  partition: number
  offset: number
  timestamp?: number
  key?: string | null
  value?: string | null
  /** Whether the value was too large, and isn't here. */
  overflowFlag?: boolean
  /** Bytes of the value. */
  valueSize?: number
}

function recordsOf(object: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore): AsyncIterable<LayoutRecord[]> {
  return decodable('a JSON array of records', arraysOf(object, store))
}

async function* arraysOf(object: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore) {
  const { chunks } = await openContent(object, store)
  for await (const array of elementsOf(chunks)) yield (JSON.parse(array) as AlibabaRecord[]).map(layoutRecord)
}

function layoutRecord(record: AlibabaRecord): LayoutRecord {
  const { topic, partition, offset, timestamp = -1, overflowFlag, valueSize } = record
  if (typeof topic !== 'string' || !Number.isSafeInteger(partition) || !Number.isSafeInteger(offset)) {
    throw new Error('a record lacks its topic, partition or offset')
  }
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: bytesOf(record.key),
    value: overflowFlag ? null : bytesOf(record.value),
    headers: [],
    ...(overflowFlag && { isWithoutValue: true as const }),
    ...(valueSize !== undefined && { valueSize }),
  }
}

function bytesOf(text: string | null | undefined): Buffer | null {
  if (text === null || text === undefined) return null
  if (typeof text !== 'string') throw new Error('a key or value is no text')
  return Buffer.from(text)
}
