import { readDumpSettings } from '../../lib/config/dump.ts'
import type { Attempt } from '../../lib/delivery/attempt.ts'
import { BatchMemory } from '../../lib/delivery/batch-memory.ts'
import { type Delivery, deliver } from '../../lib/delivery/deliver.ts'
import { type Dump, writeObjects } from '../../lib/dump.ts'
import { CodedError } from '../../lib/error.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import type { StoredObject } from '../../lib/s3/store.ts'
import { awkwardRecord } from '../support/awkward-records.ts'
import { keepEverything } from '../support/formats.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const valueKey = 'lake/_overflow/awkward.topic_1+3+0000000002'
const records = [1, 2, 3].map(offset =>
  awkwardRecord({ offset, value: Buffer.alloc(offset === 2 ? 11 : 10, 'x') }, offset),
)

const { signal } = new AbortController()
const attempt: Attempt = {
  ...{ signal, deadline: Number.POSITIVE_INFINITY, delivered() {} },
  once: (_, run) => run(),
  repeat: ({ send }, turns) => turns(send),
}

/** A dump whose store keeps a copy of what it is given, or fails at a key. */
function dumpInto(stored: StoredObject[], failing?: string): Dump {
  const put = async (object: StoredObject) => {
    if (object.key === failing) throw new Error('away')
    stored.push({ ...object, body: Buffer.from(object.body) })
  }
  return {
    format: { format: 'json', ...keepEverything, maxInlineValueBytes: 10 },
    keys: createObjectKeys(readDumpSettings({ S3_BUCKET: 'lake', OBJECT_PREFIX: 'lake' }).keys),
    store: { put },
    storeName: 'memory',
    logger: { info() {}, warn() {}, error() {} },
    telemetry: noTelemetry,
  }
}

test('a value above the limit is stored as it is, before the object that names it', async () => {
  const stored: StoredObject[] = []
  await writeObjects(records, dumpInto(stored), attempt)
  expect(stored.map(({ key }) => key)).toEqual([valueKey, expect.stringContaining('0000000001-0000000003.json')])
  expect(stored[0]).toMatchObject({ body: Buffer.alloc(11, 'x'), contentType: 'application/octet-stream' })
  const [first, second] = JSON.parse(stored[1]?.body.toString() ?? '')
  expect(first).not.toHaveProperty('overflowFlag')
  expect(second).toMatchObject({ overflowFlag: true, value: null, valueObject: valueKey, valueSize: 11 })
})

test('when it can’t be stored, nothing names it', async () => {
  const stored: StoredObject[] = []
  await expect(writeObjects(records, dumpInto(stored, valueKey), attempt)).rejects.toThrow('away')
  expect(stored).toEqual([])
})

test('it isn’t decoded, so that it is kept whatever it is', async () => {
  const stored: StoredObject[] = []
  const decoder = async () => () => Buffer.from('{"decoded":true}')
  await writeObjects(
    records,
    { ...dumpInto(stored), decoder, format: { ...dumpInto(stored).format, values: 'json' } },
    attempt,
  )
  expect(stored[0]?.body).toEqual(Buffer.alloc(11, 'x'))
  const values = JSON.parse(stored[1]?.body.toString() ?? '').map(({ value }: { value: unknown }) => value)
  expect(values).toEqual([{ decoded: true }, null, { decoded: true }])
})

// It isn't JSON in Kafka, so the field was not found, and large values went to the fallback's folder.
test('it is decoded for a partitioner that reads it, and still stored as it is', async () => {
  const stored: StoredObject[] = []
  const { keys } = readDumpSettings({ S3_BUCKET: 'lake', OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/country' })
  const decoder =
    async () =>
    ({ value }: { value: Buffer }) => {
      if (value[0] === 0x21) throw new CodedError('VALUE_UNDECODABLE', 'no value')
      return Buffer.from(JSON.stringify({ country: value.toString() }))
    }
  const format = { ...dumpInto(stored).format, values: 'json' as const }
  const values = ['DE', 'AT', 'AT '.repeat(5), '!'.repeat(11)].map(value => Buffer.from(value))
  const some = values.map((value, offset) => awkwardRecord({ offset, value }))
  await writeObjects(some, { ...dumpInto(stored), decoder, format, keys: createObjectKeys(keys) }, attempt)
  const overflow = stored.filter(({ key }) => key.includes('_overflow'))
  expect(overflow.map(({ body }) => body).toSorted()).toEqual(values.slice(2).toSorted())
  const folders = stored.flatMap(({ key }) => /country=([^/]*)/.exec(key)?.[1] ?? [])
  expect(folders.toSorted()).toEqual(['AT', 'AT%20AT%20AT%20AT%20AT%20', 'DE', '__HIVE_DEFAULT_PARTITION__'])
  for (const { body } of stored.filter(({ key }) => key.includes('AT%20'))) {
    expect(JSON.parse(body.toString())).toEqual([
      expect.objectContaining({ value: null, valueSize: 15, overflowFlag: true }),
    ])
  }
})

// A batch of many large values was written from the first one again, however often: it never ended.
test('what is written of it isn’t written again, in this invocation or, when that fails, in the next one', async () => {
  const puts: string[] = []
  let failures = 2
  const put = async ({ key }: StoredObject) => {
    puts.push(key.split('/').at(-1) ?? '')
    if (key.includes('_overflow') || failures-- <= 0) return
    throw new CodedError('STORE_UNAVAILABLE', 'away', { retryable: failures > 0 })
  }
  const dump = { ...dumpInto([]), store: { put } }
  const { logger, telemetry } = dump
  const delivery: Delivery = {
    ...{ policy: 'fail', peer: 'memory', logger, telemetry },
    write: (batch, attempt) => writeObjects(batch, dump, attempt),
  }
  const memory = new BatchMemory()
  const time = new VirtualTime()
  const invoke = () => {
    const batch = {
      topic: 'awkward.topic_1',
      partition: 3,
      records: records.map(record => ({ ...record })),
      abnormal: [],
    }
    return time.run(() => deliver([batch], delivery, 20_000, memory))
  }
  await expect(invoke()).resolves.toMatchObject([{ failure: { error: { code: 'STORE_UNAVAILABLE' } } }])
  await expect(invoke()).resolves.toMatchObject([{ failure: undefined }])
  expect(puts.filter(key => key.includes('+0000000002'))).toHaveLength(1)
  expect(puts).toHaveLength(4)
})

// Rows of many columns have more memory decoded than a function can spare. The values that came last were abnormal data.
test('values that are too many for the memory are written in parts, which are the same each time', async () => {
  const objects: string[][] = []
  for (const _ of [1, 2]) {
    const keys: string[] = []
    const put = async ({ key, metadata }: StoredObject) => {
      keys.push(`${key.split('/').at(-1)} ${metadata['record-count']}`)
    }
    const values = Array.from({ length: 30 }, (_, offset) => awkwardRecord({ offset, value: Buffer.from('x') }))
    const decoder = async () => () => Buffer.alloc(10 * 2 ** 20, '1')
    const { format, ...dump } = dumpInto([])
    const delivered: KafkaRecord[] = []
    await writeObjects(
      values,
      { ...dump, format: { ...format, values: 'json' }, decoder, store: { put } },
      { ...attempt, delivered: records => delivered.push(...records) },
    )
    expect(delivered).toEqual(values)
    objects.push(keys)
  }
  expect(objects[0]).toEqual([expect.stringMatching(/0-0*18\S* 19$/), expect.stringMatching(/19-0*29\S* 11$/)])
  expect(objects[1]).toEqual(objects[0])
})
