import { readRestoreSettings } from '../../lib/config/restore.ts'
import { optionEnvironment } from '../../lib/config/restore-options.ts'
import { ProgressLine } from '../../lib/connectors/commands/progress-line.ts'
import { runRestore } from '../../lib/connectors/commands/restore-run.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import type { RestoreReport } from '../../lib/restore/report.ts'
import { createCommitStore } from '../../lib/s3/commit-store.ts'
import { openBucket } from '../../local/bucket.ts'
import { awkwardRecord, awkwardRecords } from '../support/awkward-records.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { inFolder, inHex } from '../support/foreign-readers.ts'
import { encodeWith } from '../support/formats.ts'
import { aivenObject, confluentObject } from '../support/sink-oracle.ts'
import { stack, uniqueName } from '../support/stack.ts'

const target = stack.target.plaintext
const bucket = uniqueName('others')
const environment = {
  S3_BUCKET: bucket,
  S3_ENDPOINT: stack.store.endpoint ?? '',
  S3_ACCESS_KEY_ID: stack.store.credentials?.accessKeyId ?? '',
  S3_SECRET_ACCESS_KEY: stack.store.credentials?.secretAccessKey ?? '',
  S3_FORCE_PATH_STYLE: 'true',
  ...clusterEnvironment('TARGET', target),
}

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket, forcePathStyle: true })
})

/** Puts the objects into a folder of their own and gives the command that restores it, as `npm run restore` does. */
async function left(objects: Record<string, Buffer>, options: Record<string, string>) {
  const folder = uniqueName('left')
  const from = `s3://${bucket}/${folder}`
  const settings = readRestoreSettings({ ...environment, ...optionEnvironment({ from, ...options }) })
  const store = createCommitStore({ ...settings.store, bucket }, folder)
  for (const [name, body] of Object.entries(objects))
    await store.put({ key: `${folder}/${name}`, body, contentType: 'application/octet-stream', metadata: {} })
  const quiet = { tell() {}, signal: new AbortController().signal, progress: new ProgressLine() }
  const run = { settings, request: settings.request, ...quiet }
  return (): Promise<RestoreReport> =>
    inFolder(async reportFolder => (await runRestore({ ...run, reportFolder })).report)
}

/** The records of a topic on the target. */
async function recordsOn(topic: string): Promise<KafkaRecord[]> {
  const reader = createPartitionRecords(target, 'others')
  try {
    const found: KafkaRecord[] = []
    for (const [partition, { start, end }] of await reader.bounds(topic))
      for await (const some of reader.read({ topic, partition, from: start, end }))
        for (const one of some) found.push(one)
    return found
  } finally {
    await reader.close()
  }
}

/** What a restore keeps of records; a topic counts offsets of its own. */
const kept = (records: KafkaRecord[]) => records.map(record => inHex({ ...record, offset: 0 }))

const now = Date.now()

/** Records that each connector has all of, with gaps between their offsets. */
function recordsOf(topic: string): KafkaRecord[] {
  return Object.values(awkwardRecords)
    .filter(({ value, headers }) => (value?.length ?? 0) < 1e6 && !headers?.some(({ value }) => value === null))
    .map((fields, index) => ({
      ...awkwardRecord(fields),
      ...{ topic, partition: 0, offset: 5 + 2 * index, timestamp: now + index },
    }))
}

const text = (bytes: Buffer | null) => bytes === null || bytes.equals(Buffer.from(`${bytes}`))

test('what Aiven’s sink left is in Kafka again, and a second restore adds nothing', async () => {
  const topic = uniqueName('aiven')
  const records = recordsOf(topic)
  const [one, other] = [records.slice(0, 15), records.slice(10)]
  const objects = {
    [`${topic}-0-${one[0]?.offset}.gz`]: await aivenObject(one, { format: 'jsonl', compression: 'gzip' }),
    [`${topic}-0-${other[0]?.offset}.snappy`]: await aivenObject(other, { format: 'json', compression: 'snappy' }),
  }
  const options = { 'written-by': 'aiven', base64: 'key,value,headers' }
  const restore = await left(objects, options)
  const report = await restore()
  expect(report).toMatchObject({ outcome: 'restored', topics: [{ topic, places: [{ duplicates: 5, corrupt: [] }] }] })
  expect(report.losses.length).toBeGreaterThan(0)
  expect((await restore()).topics[0]?.places).toMatchObject([{ produced: 0, present: records.length }])
  expect(kept(await recordsOn(topic))).toEqual(kept(records))
})

test('what Confluent’s sink left in two folders is in Kafka again, every record, and once though it has no offsets', async () => {
  const topic = uniqueName('confluent')
  const records = recordsOf(topic)
    .filter(({ key, value }) => key !== null && value !== null && text(key) && text(value))
    .map(record => ({ ...record, headers: [{ key: 'h', value: Buffer.from('é') }] }))
  const folders = [records.filter((_, index) => index % 2 === 0), records.filter((_, index) => index % 2 === 1)]
  const objects: Record<string, Buffer> = {}
  for (const [index, some] of folders.entries()) {
    const base = `topics/${topic}/half=${index}/${topic}+0+${String(some[0]?.offset).padStart(10, '0')}`
    const converters = { key: 'string', value: 'string' } as const
    objects[`${base}.json.gz`] = await confluentObject('values', some, { ...converters, compression: 'gzip' })
    objects[`${base}.keys.json.gz`] = await confluentObject('keys', some, { ...converters, compression: 'gzip' })
    objects[`${base}.headers.json.gz`] = await confluentObject('headers', some, { ...converters, compression: 'gzip' })
  }
  const restore = await left(objects, { 'written-by': 'confluent' })
  const report = await restore()
  expect(report).toMatchObject({ outcome: 'restored', topics: [{ topic, places: [{ duplicates: 0, conflicts: 0 }] }] })
  expect((await restore()).topics[0]?.places).toMatchObject([{ produced: 0, present: records.length }])
  const expected = folders.flat().map(record => ({ ...record, timestamp: -1 }))
  expect(kept(await recordsOn(topic))).toEqual(kept(expected))
})

test('what Alibaba’s connector left is in Kafka again, and what it left out is told', async () => {
  const topic = uniqueName('alibaba')
  const records = [
    { key: '123', offset: 4, overflowFlag: false, partition: 0, timestamp: now, topic, value: '1', valueSize: 1 },
    { key: '124', offset: 5, overflowFlag: true, partition: 0, timestamp: now, topic, valueSize: 272687 },
    { offset: 9, overflowFlag: false, partition: 1, timestamp: now, topic, value: 'ü', valueSize: 2 },
    { key: '123', offset: 6, overflowFlag: false, partition: 0, timestamp: now, topic },
  ]
  const objects = {
    '2026/11/29/1': Buffer.from(JSON.stringify(records.slice(0, 3))),
    '2026/11/29/2': Buffer.from(JSON.stringify(records.slice(3))),
  }
  const restore = await left(objects, { 'written-by': 'alibaba' })
  const report = await restore()
  const [first] = report.topics[0]?.places ?? []
  expect(first).toMatchObject({ partition: 0, records: 2, missing: [[5, 1]] })
  expect(first?.corrupt).toMatchObject([{ firstOffset: 5, message: expect.stringContaining('272687 bytes') }])
  const found = await recordsOn(topic)
  expect(found.map(({ partition, key, value }) => [partition, key && `${key}`, value && `${value}`])).toEqual([
    [0, '123', '1'],
    [0, '123', null],
    [1, null, 'ü'],
  ])
})

test('objects of ours that were renamed are in Kafka again', async () => {
  const topic = uniqueName('renamed')
  const records = recordsOf(topic)
  const [one, other] = await Promise.all([
    encodeWith(records.slice(0, 9), { format: 'parquet', compression: 'zstd' }),
    encodeWith(records.slice(9), { format: 'json', compression: 'gzip' }),
  ])
  const restore = await left({ 'b/1': one.body, 'a/2.bak': other.body }, { 'written-by': 'by-content' })
  const report = await restore()
  expect(report).toMatchObject({ outcome: 'restored' })
  expect(kept(await recordsOn(topic))).toEqual(kept(records))
})
