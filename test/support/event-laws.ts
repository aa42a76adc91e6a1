import type { RecordBatch } from '../../lib/batch.ts'
import { createDeadLetter } from '../../lib/delivery/dead-letter.ts'
import { CodedError } from '../../lib/error.ts'
import { encode, type FormatSettings } from '../../lib/formats/encode.ts'
import type { FormatName } from '../../lib/formats/index.ts'
import { createObjectKeys, type KeySettings, type ObjectKeys } from '../../lib/objects/key.ts'
import { detectPlatform, type PlatformName, parseEvent, platformNames, platforms } from '../../lib/platforms/index.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { decode, keepEverything } from './formats.ts'

/** The number of records that an event of the platform says it has, whatever they are. */
const elementsOf: Record<PlatformName, (event: never) => number> = {
  aws: ({ records }: { records: Record<string, unknown[]> }) => sum(Object.values(records).map(({ length }) => length)),
  'eventbridge-pipes': ({ length }: unknown[]) => length,
  alibaba: ({ length }: unknown[]) => length,
  tencent: ({ Records }: { Records: unknown[] }) => Records.length,
  functiongraph: (event: { records?: unknown }) =>
    sum((Array.isArray(event.records) ? event.records : [event]).map(messagesOf)),
  azure: (event: unknown[] | { values: unknown[] }) => (Array.isArray(event) ? event : event.values).length,
  knative: ({ length }: unknown[]) => length,
}

/** What is no list of messages counts as one bad record, unless there is nothing. */
function messagesOf(group: unknown): number {
  if (typeof group !== 'object' || group === null || Array.isArray(group)) return 1
  const { messages } = group as { messages?: unknown }
  if (Array.isArray(messages)) return messages.length
  return messages === undefined || messages === null ? 0 : 1
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

/** Where the records of an event go. */
export interface Destination {
  prefix: string
  keys: ObjectKeys
  format: FormatSettings
}

/** A destination for these settings. Making one takes longer than to check an event with it. */
export function destinationOf(settings: KeySettings, format: FormatName): Destination {
  return { prefix: settings.prefix, keys: createObjectKeys(settings), format: { ...keepEverything, format } }
}

/**
 * The laws of an event on its way to its objects: it is refused with a code, or each of its records is either decoded or
 * abnormal data; records come back from every format, and no object lies elsewhere than it should.
 *
 * @throws when the event breaks one of them
 * @returns whether the event was decoded
 */
export async function checkEvent(payload: unknown, destination: Destination): Promise<boolean> {
  const decoded = decodeEvent(payload)
  if (!decoded) return false
  const { batches, elements } = decoded
  const found = sum(batches.map(({ records, abnormal }) => records.length + abnormal.length))
  check(found === elements, `${elements} records became ${found}`)
  for (const batch of batches) {
    checkBatch(batch)
    await checkDeadLetters(batch)
    if (batch.records.length > 0) await checkObjects(batch.records, destination)
  }
  check(Object.keys(Object.prototype).length === 0, 'the prototype of objects has changed')
  return true
}

function check(holds: boolean, fault: string): void {
  if (!holds) throw new Error(fault)
}

function decodeEvent(payload: unknown): { batches: RecordBatch[]; elements: number } | undefined {
  try {
    const event = parseEvent(payload)
    const platform = detectPlatform(event)
    const name = platformNames.find(candidate => platforms[candidate] === platform) as PlatformName
    const elements = elementsOf[name](event as never)
    return { batches: platform.toBatches(event), elements }
  } catch (error) {
    if (error instanceof CodedError && error.code === 'EVENT_UNKNOWN' && error.message.length < 1500) return undefined
    throw error
  }
}

function checkBatch({ topic, partition, records, abnormal }: RecordBatch): void {
  for (const record of records) {
    const fault = JSON.stringify({ topic: record.topic, partition: record.partition, offset: record.offset })
    check(record.topic === topic && topic !== '' && record.partition === partition, `it is of another batch: ${fault}`)
    check(Number.isInteger(partition) && partition >= -1 && partition < 2 ** 31, `not a partition: ${fault}`)
    check(Number.isSafeInteger(record.offset) && record.offset >= -1, `not an offset: ${fault}`)
    check(Number.isSafeInteger(record.timestamp), `not a timestamp: ${record.timestamp}`)
    checkBytes(record)
  }
  for (const { record, error, position } of abnormal) {
    check(
      error instanceof CodedError && error.code === 'RECORD_UNDECODABLE',
      `abnormal data without its code: ${error}`,
    )
    check(position >= 0 && position <= records.length, `abnormal data at ${position} of ${records.length}`)
    check(record.topic === topic && record.partition === partition, 'abnormal data of another batch')
    checkBytes(record)
  }
}

function checkBytes({ key, value, headers }: KafkaRecord): void {
  for (const bytes of [key, value, ...headers.map(header => header.value)]) {
    check(bytes === null || Buffer.isBuffer(bytes), 'neither null nor bytes')
  }
  check(
    headers.every(header => typeof header.key === 'string'),
    'a header without a name',
  )
}

async function checkDeadLetters({ abnormal }: RecordBatch): Promise<void> {
  const sent: unknown[] = []
  const sink = createDeadLetter('abnormal', 'fuzz', { send: async (_, records) => sent.push(...records) })
  await sink.put(abnormal, Number.MAX_SAFE_INTEGER)
  check(sent.length === abnormal.length, 'abnormal data is missing in its topic')
}

async function checkObjects(records: KafkaRecord[], { prefix, keys, format }: Destination): Promise<void> {
  const objects = keys.divide(records)
  check(sum(objects.map(object => object.records.length)) === records.length, 'records are missing in the objects')
  for (const object of objects) {
    const encoded = await encode(object.records, format)
    const { extension } = encoded
    const key = keys.render({ ...object.range, path: object.path, extension })
    for (const name of [key, keys.renderValue(object.records[0] as KafkaRecord)]) checkKey(name, prefix)
    check(keys.parse(key) !== undefined, `no key of these settings: ${key}`)
    if (format.format !== 'raw') checkSame(object.records, await decode(encoded))
  }
}

function checkKey(key: string, prefix: string): void {
  const folder = prefix === '' ? '' : `${prefix}/`
  check(key.startsWith(folder), `outside of ${prefix}: ${key}`)
  const segments = key.slice(folder.length).split('/')
  check(
    segments.every(segment => !['', '.', '..'].includes(segment)),
    `an empty folder, or one that leads out: ${key}`,
  )
}

function checkSame(records: KafkaRecord[], read: KafkaRecord[]): void {
  check(records.length === read.length, `${records.length} records were written, ${read.length} read`)
  for (const [index, { offset, timestamp, key, value, headers }] of records.entries()) {
    const other = read[index] as KafkaRecord
    check(other.offset === offset && other.timestamp === timestamp, `another place or time: ${offset}, ${timestamp}`)
    check(sameBytes(key, other.key) && sameBytes(value, other.value), `other bytes at ${offset}`)
    check(headers.length === other.headers.length, `other headers at ${offset}`)
  }
}

function sameBytes(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other)
}
