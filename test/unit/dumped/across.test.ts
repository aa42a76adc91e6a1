import { createDumpedRecords } from '../../../lib/dumped/create-dumped-records.ts'
import type { FormatName } from '../../../lib/formats/index.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { DumpBucket } from '../../support/dump-bucket.ts'

const topic = 'orders'

/** Records of a partition, with a gap behind every third one. */
function batch(partition: number, first: number, count: number): KafkaRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const offset = first + index + Math.floor(index / 3)
    return awkwardRecord({ topic, partition, offset, value: Buffer.from(`${partition}:${offset}`) })
  })
}

async function stage(bucket: DumpBucket, batches: KafkaRecord[][]) {
  for (const records of batches) await bucket.dump(records, { isStaged: true })
}

const valuesOf = (records: KafkaRecord[]) => records.map(({ value }) => `${value}`)

async function expectAll(bucket: DumpBucket, batches: KafkaRecord[][]) {
  for (const [partition, some] of Map.groupBy(batches.flat(), ({ partition }) => partition)) {
    const { records, findings } = await bucket.read({ topic, partition })
    const expected = some.toSorted((one, other) => one.offset - other.offset)
    expect(valuesOf(records)).toEqual(valuesOf(expected))
    expect(findings).toMatchObject({ duplicates: 0, conflicts: 0, corrupt: [] })
  }
}

test.each(['json', 'jsonl', 'avro', 'parquet'] as FormatName[])(
  'objects across the partitions of a topic give each partition its records, in %s',
  async format => {
    const bucket = new DumpBucket({ form: { format } })
    const early = [batch(0, 0, 10), batch(2, 5, 10), batch(0, 20, 5), batch(1, 0, 4), batch(2, 40, 3)]
    await stage(bucket, early)
    await bucket.compact(topic, 'all')
    const late = [batch(1, 10, 4), batch(0, 40, 6)]
    await stage(bucket, late)
    await bucket.compact(topic, 'all')
    const waiting = [batch(1, 30, 4)]
    await stage(bucket, waiting)
    const dumped = createDumpedRecords([bucket.source])
    const places = await Array.fromAsync(dumped.partitions({}))
    expect(places.map(({ partition }) => partition).sort()).toEqual([0, 1, 2])
    await expectAll(bucket, [...early, ...late, ...waiting])
  },
)

test('so do those whose log is gone, which are read to find out what they have', async () => {
  const bucket = new DumpBucket()
  const batches = [batch(0, 0, 10), batch(2, 5, 10), batch(0, 20, 5)]
  await stage(bucket, batches)
  await bucket.compact(topic, 'all')
  for (const key of bucket.store.keys('lake/_')) bucket.store.objects.delete(key)
  await expectAll(bucket, batches)
})

test('a damaged one is told, or is among the findings', async () => {
  const bucket = new DumpBucket()
  await stage(bucket, [batch(0, 0, 10), batch(2, 5, 10)])
  await bucket.compact(topic, 'all')
  const [key = ''] = bucket.store.keys('lake/orders/')
  await bucket.store.put({ key, body: Buffer.from('damaged') } as never)
  await expect(bucket.read({ topic, partition: 2 })).rejects.toMatchObject({ code: 'DUMP_OBJECT_UNREADABLE' })
  const { records, findings } = await bucket.read({ topic, partition: 2 }, {}, { skipCorrupt: true })
  expect(records).toEqual([])
  expect(findings.corrupt).toMatchObject([{ key }])
})

test('those that keep the newest record of each key do, too', async () => {
  const bucket = new DumpBucket()
  const keyed = (records: KafkaRecord[]) =>
    records.map(record => ({ ...record, key: Buffer.from(`${record.partition}/${record.offset % 4}`) }))
  const batches = [batch(0, 0, 10), batch(2, 5, 10), batch(0, 20, 5)].map(keyed)
  await stage(bucket, batches)
  await bucket.compact(topic, 'all', { keepLatest: { tombstones: 'keep' } })
  const newest = (records: KafkaRecord[]) => [...new Map(records.map(record => [`${record.key}`, record])).values()]
  for (const [partition, some] of Map.groupBy(batches.flat(), ({ partition }) => partition)) {
    const { records } = await bucket.read({ topic, partition })
    expect(valuesOf(records).sort()).toEqual(valuesOf(newest(some)).sort())
  }
})
