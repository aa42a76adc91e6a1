import fc from 'fast-check'
import { readDumpSettings } from '../../../lib/config/dump.ts'
import type { Attempt } from '../../../lib/delivery/attempt.ts'
import { type Dump, writeObjects } from '../../../lib/dump.ts'
import { CodedError } from '../../../lib/error.ts'
import { formatNames, formats } from '../../../lib/formats/index.ts'
import { createObjectKeys } from '../../../lib/objects/key.ts'
import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import type { StoredObject } from '../../../lib/s3/store.ts'
import { parseStagedKey } from '../../../lib/staging/name.ts'
import { offsetsOf } from '../../../lib/staging/runs.ts'
import { checkedFrame, readStagedIndex } from '../../../lib/staging/staged-index.ts'
import type { StagedName } from '../../../lib/staging/staged-object.ts'
import { records } from '../../support/arbitrary-records.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { pathRecord } from '../../support/timed-dump.ts'

const { signal } = new AbortController()
const attempt: Attempt = {
  ...{ signal, deadline: Number.POSITIVE_INFINITY, delivered() {} },
  once: (_, run) => run(),
  repeat: ({ send }, turns) => turns(send),
}

/** A dump that stages, into a list of what was put. */
function dumpInto(stored: StoredObject[], environment: Record<string, string> = {}): Dump {
  const { format, keys } = readDumpSettings({ S3_BUCKET: 'lake', OBJECT_PREFIX: 'lake', ...environment })
  return {
    ...{ format, keys: createObjectKeys(keys), staging: { prefix: 'lake' } },
    store: { put: async object => void stored.push({ ...object, body: Buffer.from(object.body) }) },
    ...{ storeName: 'memory', logger: { info() {}, warn() {}, error() {} }, telemetry: noTelemetry },
  }
}

async function staged(batch: KafkaRecord[], environment: Record<string, string> = {}): Promise<StoredObject[]> {
  const stored: StoredObject[] = []
  await writeObjects(batch, dumpInto(stored, environment), attempt)
  return stored
}

/** The records of a staged object, by path, with the index. */
async function read({ key, body }: StoredObject) {
  const object = { key, name: parseStagedKey('lake', key) as StagedName, size: body.length }
  const index = await readStagedIndex(object, async (start, end) => body.subarray(start, end))
  const { topic, partition, form, frames } = index
  const { joining } = await formats[form.format].load()
  const paths = await Promise.all(
    frames.map(async frame => {
      const bytes = checkedFrame(object, frame, body.subarray(frame.start, frame.start + frame.bytes))
      const lines = { topic, partition, offsets: offsetsOf(frame.offsets), lengths: frame.lengths }
      return { ...frame, content: await joining.records(bytes, form, lines) }
    }),
  )
  return { name: object.name, paths }
}

test.each(formatNames)('what is staged in %s has every record of the batch, in its path', async format => {
  await fc.assert(
    fc.asyncProperty(records(1), fc.boolean(), async (batch, hasPaths) => {
      const partitioner: Record<string, string> = hasPaths ? { PARTITION_BY: 'by_key=key' } : {}
      const [object, ...others] = await staged(batch, { FORMAT: format, ...partitioner })
      expect(others).toEqual([])
      const { name, paths } = await read(object as StoredObject)
      const found = paths.flatMap(({ content }) => content).toSorted((a, b) => a.offset - b.offset)
      expect(found.map(({ offset }) => offset)).toEqual(batch.map(({ offset }) => offset))
      const values = (list: KafkaRecord[]) =>
        list.map(({ value }) => (format === 'raw' ? (value ?? Buffer.alloc(0)) : value))
      expect(values(found)).toEqual(values(batch))
      const times = batch.map(({ timestamp }) => timestamp).filter(time => time !== -1)
      expect(name).toMatchObject({
        records: batch.length,
        firstOffset: batch[0]?.offset,
        lastOffset: batch.at(-1)?.offset,
        minTimestamp: times.reduce((least, time) => Math.min(least, time), times[0] ?? -1),
        maxTimestamp: times.reduce((most, time) => Math.max(most, time), times[0] ?? -1),
      })
      const order = paths.map(({ path = '' }) => path)
      expect(order).toEqual(order.toSorted())
    }),
    { numRuns: 12 },
  )
})

test('the same records have the same key and bytes, and other ones another key', async () => {
  const batch = [1, 2, 3].map(offset => awkwardRecord({ offset }))
  const [first] = await staged(batch)
  expect(await staged(batch.map(record => ({ ...record })))).toEqual([first])
  const changed = batch.map(record => ({ ...record, value: Buffer.from('another') }))
  expect((await staged(changed))[0]?.key).not.toBe(first?.key)
})

test('a batch of 300 paths is one request', async () => {
  const batch = Array.from({ length: 300 }, (_, offset) => pathRecord(offset, `p${offset}`))
  const stored = await staged(batch, { OBJECT_PARTITIONER: 'field', PARTITION_FIELD: 'header:path' })
  expect(stored).toHaveLength(1)
  expect(stored[0]).toMatchObject({
    key: expect.stringMatching(
      /^lake\/_staging\/orders\/0\/0{20}-299\+300\+\d+\+\d+\+[0-9a-f]{8}\+[0-9a-f]{16}\.json\.gz$/,
    ),
    contentType: 'application/octet-stream',
    metadata: { 'first-offset': '0', 'last-offset': '299', 'record-count': '300' },
  })
})

test('a large value is written before the batch whose record names it', async () => {
  const batch = [1, 2, 3].map(offset => awkwardRecord({ offset, value: Buffer.alloc(offset === 2 ? 11 : 10, 'x') }))
  const stored = await staged(batch, { MAX_INLINE_VALUE_BYTES: '10' })
  expect(stored.map(({ key }) => key)).toEqual([
    'lake/_overflow/awkward.topic_1+3+0000000002',
    expect.stringContaining('lake/_staging/awkward.topic_1/3/'),
  ])
  const { name, paths } = await read(stored[1] as StoredObject)
  expect(name.only).toBeUndefined()
  expect(paths).toMatchObject([{ large: [2], content: [{}, { value: null, valueObject: stored[0]?.key }, {}] }])
})

test('records without offsets are written as without rotation', async () => {
  const stored = await staged([awkwardRecord({ offset: -1 })])
  expect(stored.map(({ key }) => key)).toEqual([
    expect.stringMatching(/^lake\/awkward\.topic_1\/.*digest-[0-9a-f]+\.json\.gz$/),
  ])
})

test('when the batch can’t be staged, none of its records counts as delivered, whatever its paths', async () => {
  const batch = Array.from({ length: 5 }, (_, offset) => pathRecord(offset, `p${offset % 2}`))
  const delivered: KafkaRecord[] = []
  const put = async () => {
    throw new CodedError('STORE_UNAVAILABLE', 'away')
  }
  const dump = { ...dumpInto([], { OBJECT_PARTITIONER: 'field', PARTITION_FIELD: 'header:path' }), store: { put } }
  const write = writeObjects(batch, dump, { ...attempt, delivered: some => delivered.push(...some) })
  await expect(write).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', failed: batch.map(record => ({ record })) })
  expect(delivered).toEqual([])
})

test('a batch that is staged in parts is in several objects, the same each time', async () => {
  const batch = Array.from({ length: 30 }, (_, offset) => awkwardRecord({ offset, value: Buffer.from('x') }))
  const run = async () => {
    const stored: StoredObject[] = []
    const dump = dumpInto(stored, { FORMAT: 'raw', COMPRESSION: 'none' })
    const decoder = async () => () => Buffer.alloc(10 * 2 ** 20, '1')
    await writeObjects(batch, { ...dump, decoder, format: { ...dump.format, values: 'json' } }, attempt)
    return stored.map(({ key }) => key)
  }
  const keys = await run()
  expect(keys.map(key => parseStagedKey('lake', key)?.records)).toEqual([19, 11])
  expect(await run()).toEqual(keys)
})
