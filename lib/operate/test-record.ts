import { randomUUID } from 'node:crypto'
import { CodedError } from '../error.ts'
import type { KafkaProducer } from '../kafka/produce/producer.ts'
import type { FoundRecord, Offsets, RecordSearch } from '../kafka/read/record-search.ts'
import type { ObjectKeys } from '../objects/key.ts'
import type { RecordHeader } from '../record.ts'
import type { ObjectStore } from '../s3/store.ts'

/** A record that is sent through a connector to test it. */
export interface TestRecord {
  topic: string
  key: string | null
  value: string | null
  /** Undefined: the key decides. */
  partition?: number
  headers?: Record<string, string>
}

/** A test record with its position in the source, and everything needed to find it again. */
export interface SentRecord extends TestRecord {
  partition: number
  offset: number
  /** Milliseconds since the epoch. */
  timestamp: number
  /** The value of the header that identifies the record. */
  id: string
  /** The ends of the target topic's partitions before the record was sent. */
  ends: Offsets
}

/** The header that identifies a test record. */
const ID_HEADER = 'kafka-functions.test'

/** Where a replication puts the records of a topic. */
export interface TargetSearch {
  search: RecordSearch
  remoteTopic(topic: string): string
}

/** Sends a record to the source. A dump has no target. */
export async function sendTest(
  record: TestRecord,
  producer: Pick<KafkaProducer, 'send'>,
  deadline: number,
  target?: TargetSearch,
): Promise<SentRecord> {
  const id = randomUUID()
  const timestamp = Date.now()
  const ends = target ? await target.search.ends(target.remoteTopic(record.topic)) : {}
  const outgoing = { ...bytesOf(record), timestamp, headers: headersOf(record, id), partition: record.partition }
  const [placement] = await producer.send(record.topic, [outgoing], deadline)
  if (!placement) throw new CodedError('UNEXPECTED', 'The producer did not return the position of the record.')
  return { ...record, partition: placement.partition, offset: placement.firstOffset, timestamp, id, ends }
}

/** The record on the target; undefined until it arrives. */
export async function findOnTarget(
  { topic, id, ends }: SentRecord,
  { search, remoteTopic }: TargetSearch,
): Promise<(FoundRecord & { topic: string }) | undefined> {
  const remote = remoteTopic(topic)
  const found = await search.find(remote, ends, { key: ID_HEADER, value: id })
  return found && { topic: remote, ...found }
}

/** The widest range of offsets in an object, far more than a batch has. */
const MAX_OBJECT_OFFSETS = 1_000_000

/** The key of the object with the record; undefined until it is written. */
export async function findInStore(
  sent: SentRecord,
  keys: ObjectKeys,
  store: Pick<ObjectStore, 'list'>,
): Promise<string | undefined> {
  const { topic, partition, offset, timestamp, id } = sent
  const [object] = keys.divide([
    { topic, partition, offset, timestamp, headers: headersOf(sent, id), ...bytesOf(sent) },
  ])
  if (!object) return undefined
  const keyFrom = (firstOffset: number) =>
    keys.render({ ...object.range, path: object.path, firstOffset, extension: '' })
  const own = keyFrom(offset)
  const before = offset < MAX_OBJECT_OFFSETS ? '' : keyFrom(offset - MAX_OBJECT_OFFSETS)
  // Keys sort by their first offset as long as the offsets have the same number of digits.
  const after = before.length === own.length ? before : undefined
  for await (const { key } of store.list(own.replace(/[^/]*$/, ''), after)) {
    const name = keys.parse(key)
    if (
      name?.topic === topic &&
      name.partition === partition &&
      name.firstOffset <= offset &&
      offset <= name.lastOffset
    )
      return key
  }
  return undefined
}

function headersOf({ headers = {} }: TestRecord, id: string): RecordHeader[] {
  return Object.entries({ ...headers, [ID_HEADER]: id }).map(([key, value]) => ({ key, value: Buffer.from(value) }))
}

function bytesOf({ key, value }: TestRecord) {
  return { key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) }
}
