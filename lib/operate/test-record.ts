import { randomUUID } from 'node:crypto'
import { CodedError } from '../error.ts'
import type { KafkaProducer } from '../kafka/produce/producer.ts'
import type { FoundRecord, Offsets, RecordSearch } from '../kafka/read/record-search.ts'
import type { ObjectKeys } from '../objects/key.ts'
import type { ObjectStore } from '../s3/store.ts'

/** What is sent through a connector to see where it comes out. */
export interface TestRecord {
  topic: string
  key: string | null
  value: string | null
}

/** Such a record with its place in the source, and what is needed to find it again. */
export interface SentRecord extends TestRecord {
  partition: number
  offset: number
  /** Milliseconds since the epoch. */
  timestamp: number
  /** The header that tells it from others. */
  id: string
  /** Where the target topic ended before. */
  ends: Offsets
}

/** The header of a test record. */
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
  const outgoing = { ...bytesOf(record), timestamp, headers: [{ key: ID_HEADER, value: Buffer.from(id) }] }
  const [placement] = await producer.send(record.topic, [outgoing], deadline)
  if (!placement) throw new CodedError('UNEXPECTED', 'The producer does not say where the record is.')
  return { ...record, partition: placement.partition, offset: placement.firstOffset, timestamp, id, ends }
}

/** The record on the target; undefined while it isn't there. */
export async function findOnTarget(
  { topic, id, ends }: SentRecord,
  { search, remoteTopic }: TargetSearch,
): Promise<(FoundRecord & { topic: string }) | undefined> {
  const remote = remoteTopic(topic)
  const found = await search.find(remote, ends, { key: ID_HEADER, value: id })
  return found && { topic: remote, ...found }
}

/** Offsets that the first record of an object may be before any other of it; far more than a batch has. */
const MAX_OBJECT = 1_000_000

/** The key of the object that has the record; undefined while it isn't there. */
export async function findInStore(
  sent: SentRecord,
  keys: ObjectKeys,
  store: Pick<ObjectStore, 'list'>,
): Promise<string | undefined> {
  const { topic, partition, offset, timestamp, id } = sent
  const headers = [{ key: ID_HEADER, value: Buffer.from(id) }]
  const [object] = keys.divide([{ topic, partition, offset, timestamp, headers, ...bytesOf(sent) }])
  if (!object) return undefined
  const keyFrom = (firstOffset: number) =>
    keys.render({ ...object.range, path: object.path, firstOffset, extension: '' })
  const own = keyFrom(offset)
  const before = offset < MAX_OBJECT ? '' : keyFrom(offset - MAX_OBJECT)
  // Keys sort by their first offset where these have as many digits.
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

function bytesOf({ key, value }: TestRecord) {
  return { key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) }
}
