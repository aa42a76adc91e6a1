import pLimit from 'p-limit'
import type { Attempt, Turns } from './delivery/attempt.ts'
import type { FailedRecord } from './delivery/dead-letter.ts'
import { type Part, UndeliveredError, writeParts } from './delivery/parts.ts'
import { encode, type FormatSettings } from './formats/encode.ts'
import type { StoredRecord } from './formats/format.ts'
import { freeBuffer } from './free-buffer.ts'
import type { ObjectKeys, ObjectRecords, OffsetRange } from './objects/key.ts'
import type { Log } from './observability/logger.ts'
import type { Telemetry } from './observability/telemetry.ts'
import type { KafkaRecord } from './record.ts'
import type { ObjectStore, StoredObject } from './s3/store.ts'
import { decodeValues } from './values/decode.ts'
import { DecodedMemory } from './values/decoded-memory.ts'
import type { ValueDecoder } from './values/value.ts'

/** The steps between one connector's records and the store. */
export interface Dump {
  format: FormatSettings
  /** Loads the decoder of the values; absent: they are stored unchanged. */
  decoder?: () => Promise<ValueDecoder>
  keys: ObjectKeys
  /** Where batches wait for compaction. Absent: they are written as the objects that are read. */
  staging?: Staging
  /** Must not use an object's body after `put` has returned: its memory is freed then. */
  store: Pick<ObjectStore, 'put'>
  /** Names the store in the log. */
  storeName: string
  logger: Log
  telemetry: Telemetry
}

interface Staging {
  /** The connector's folder, without slashes at either end. */
  prefix: string
}

/**
 * Encodes two objects at a time: while another thread compresses one, as it does with gzip, the text of the next one is made. More need
 * more memory, and are not faster on a function's one or two processors.
 */
const inTurn = pLimit(2)

/** Objects and large values of one topic-partition that are written at the same time. */
const OBJECTS_AT_ONCE = 8

/**
 * Topic-partitions written at the same time, and objects of all of them. Each waits for the store, which costs no processor time;
 * with few at once, an event of 10,000 partitions would take minutes. There are as many connections: the default of the AWS SDK,
 * `maxSockets` of `@smithy/node-http-handler`.
 */
export const PARTITIONS_AT_ONCE = 50
const turnsOfAll = pLimit(PARTITIONS_AT_ONCE)

/** The objects of one topic-partition on their way to the store. */
interface Writing {
  dump: Dump
  attempt: Attempt
  turns: Turns
}

/**
 * Writes the records of one topic-partition: one object, or one per path of the partitioner. Values that are too large for an
 * object are written before it. Each object is written independently: it is repeated alone, and its failure concerns only its own
 * records. Its key and bytes depend only on them, so that writing it again changes nothing, whatever became of the others.
 *
 * Where batches are staged, there is one object whatever the paths. Records without offsets, which compaction could not tell
 * apart, are never staged.
 *
 * Records whose decoded values take more memory than a batch may have are written one part after the other.
 *
 * @param records at least one, in the order of their offsets
 * @throws AbnormalDataError with the records whose values can't be decoded, before anything of their part is written
 * @throws UndeliveredError with the records of the objects that could not be written
 */
export async function writeObjects(records: KafkaRecord[], dump: Dump, attempt: Attempt): Promise<void> {
  const memory = new DecodedMemory()
  const undelivered: FailedRecord[] = []
  try {
    for (let rest = records; rest.length > 0; ) {
      const decoded = await withDecodedValues(rest, dump, memory, attempt.signal)
      const part = decoded.length === rest.length ? rest : rest.slice(0, decoded.length)
      for (const one of await writeDecoded(part, decoded, dump, attempt)) undelivered.push(one)
      memory.giveAll()
      rest = rest.slice(part.length)
    }
  } finally {
    memory.end()
  }
  if (undelivered.length > 0) throw new UndeliveredError(undelivered)
}

/** @returns the records that could not be written, each with the reason */
async function writeDecoded(records: KafkaRecord[], decoded: StoredRecord[], dump: Dump, attempt: Attempt) {
  const turns = pLimit(OBJECTS_AT_ONCE)
  const writing: Writing = { dump, attempt, turns: send => turns(() => turnsOfAll(send)) }
  const originalsOf = originals(records, decoded)
  const objects = dump.keys.divide(decoded)
  const partOf = (object: ObjectRecords<StoredRecord>): Part => ({
    records: originalsOf(object.records),
    write: () => writeObject(object, writing),
  })
  const staged: Part = { records, write: () => writeStaged(objects, writing) }
  try {
    await writeParts(dump.staging && hasOffsets(objects) ? [staged] : objects.map(partOf), attempt)
    return []
  } catch (error) {
    if (error instanceof UndeliveredError) return error.failed
    throw error
  }
}

/** Finds the records that were decoded to the given ones. */
function originals(records: KafkaRecord[], decoded: StoredRecord[]) {
  if (decoded === records) return (some: KafkaRecord[]) => some
  const known = new Map<KafkaRecord, KafkaRecord>()
  return (some: KafkaRecord[]) => {
    if (some.length === records.length) return records
    if (known.size === 0)
      for (const [index, record] of records.entries()) known.set(decoded[index] as KafkaRecord, record)
    return some.map(record => known.get(record) as KafkaRecord)
  }
}

function hasOffsets(objects: ObjectRecords[]): boolean {
  return objects.every(({ range: { partition, firstOffset } }) => partition >= 0 && firstOffset >= 0)
}

async function writeObject(object: ObjectRecords<StoredRecord>, writing: Writing): Promise<void> {
  const { dump, attempt, turns } = writing
  const inline = await putLargeValues(object.records, writing)
  await attempt.repeat({ peer: dump.storeName, send: () => putObject(object, inline, dump, attempt) }, turns)
}

async function putObject({ range, path }: ObjectRecords, inline: StoredRecord[], dump: Dump, attempt: Attempt) {
  const { format, keys, telemetry } = dump
  const { topic, partition } = range
  const { body, extension, ...content } = await inTurn(() =>
    telemetry.step('Encode', { topic, partition }, () => encode(inline, format)),
  )
  const key = keys.render({ ...range, path, extension })
  const metadata = { ...metadataOf(range), 'record-count': String(inline.length) }
  const bytes = await putBody({ key, body, metadata, ...content }, { range, records: inline.length }, dump, attempt)
  dump.logger.info('Object written', { ...range, records: inline.length, bytes, key })
}

/** Writes a batch as the one object in which it waits for compaction. */
async function writeStaged(objects: ObjectRecords<StoredRecord>[], writing: Writing): Promise<void> {
  const { dump, attempt, turns } = writing
  const inline = await putLargeValues(
    objects.flatMap(({ records }) => records),
    writing,
  )
  let next = 0
  const divided = objects.map(({ records, ...object }) => {
    const first = next
    next += records.length
    return { ...object, records: inline.slice(first, next) }
  })
  await attempt.repeat({ peer: dump.storeName, send: () => putStaged(divided, dump, attempt) }, turns)
}

async function putStaged(objects: ObjectRecords<StoredRecord>[], dump: Dump, attempt: Attempt) {
  const { format, staging, telemetry } = dump
  const { prefix } = staging as Staging
  const { topic, partition } = (objects[0] as ObjectRecords).range
  const { stagedObject } = await import('./staging/stage.ts')
  const { key, name, body } = await inTurn(() =>
    telemetry.step('Encode', { topic, partition }, () => stagedObject(prefix, objects, format)),
  )
  const { firstOffset, lastOffset, records } = name
  const range = { topic, partition, firstOffset, lastOffset }
  const metadata = { ...metadataOf(range), 'record-count': String(records) }
  const object = { key, body, metadata, contentType: 'application/octet-stream' }
  const bytes = await putBody(object, { range, records }, dump, attempt)
  dump.logger.info('Batch staged', { ...range, records, paths: objects.length, bytes, key })
}

/** @returns the object's bytes, whose memory is free again */
async function putBody(
  object: StoredObject,
  { range: { topic, partition }, records }: { range: OffsetRange; records: number },
  { store, telemetry }: Dump,
  attempt: Attempt,
): Promise<number> {
  const { key, body } = object
  const bytes = body.length
  await telemetry.step('Put', { topic, partition, key }, () => store.put(object, attempt))
  telemetry.add('Objects', 1)
  telemetry.add('RecordsOut', records)
  telemetry.add('BytesOut', bytes)
  freeBuffer(body)
  return bytes
}

/** The object's metadata: the offsets of its records, or their digest. */
function metadataOf({ firstOffset, lastOffset, digest }: OffsetRange): Record<string, string> {
  if (digest) return { digest }
  return { 'first-offset': String(firstOffset), 'last-offset': String(lastOffset) }
}

async function withDecodedValues(
  records: KafkaRecord[],
  { decoder, format, keys }: Dump,
  memory: DecodedMemory,
  signal: AbortSignal,
): Promise<StoredRecord[]> {
  const isUnchanged = !decoder && !format.includeValueSize && format.maxInlineValueBytes === undefined
  const options = { ...format, decodesLarge: keys.readsValues }
  return isUnchanged ? records : await decodeValues(records, await decoder?.(), options, memory, signal)
}

/** Writes large values as objects of their own, before the object whose records name them. */
async function putLargeValues(records: StoredRecord[], writing: Writing): Promise<StoredRecord[]> {
  const { keys, format, storeName } = writing.dump
  const { maxInlineValueBytes = Number.POSITIVE_INFINITY } = format
  const isLarge = ({ valueSize = 0 }: StoredRecord) => valueSize > maxInlineValueBytes
  const putValue = async (record: StoredRecord) => {
    const key = keys.renderValue(record)
    const send = () => putLargeValue(record, key, writing)
    await writing.attempt.once(key, () => writing.attempt.repeat({ peer: storeName, send }, writing.turns))
  }
  // Waits for all of them before it reports an error, so that no request outlasts the write.
  const settled = await Promise.allSettled(records.filter(isLarge).map(putValue))
  const failed = settled.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
  if (settled.length === 0) return records
  return records.map(record =>
    isLarge(record) ? { ...record, value: null, original: undefined, valueObject: keys.renderValue(record) } : record,
  )
}

async function putLargeValue(
  { topic, partition, value, original }: StoredRecord,
  key: string,
  { dump, attempt }: Writing,
) {
  const { store, telemetry } = dump
  const body = original ?? (value as Buffer)
  const object = { key, body, contentType: 'application/octet-stream', metadata: {} }
  await telemetry.step('Put', { topic, partition, key }, () => store.put(object, attempt))
  telemetry.add('Objects', 1)
  telemetry.add('BytesOut', body.length)
}
