import { createDumpedRecords } from '../../../lib/dumped/create-dumped-records.ts'
import { noFindings, type ReadingOptions } from '../../../lib/dumped/dumped-records.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { DumpBucket } from '../../support/dump-bucket.ts'

const topic = 'orders'

function batch(first: number, count: number, partition = 0): KafkaRecord[] {
  return Array.from({ length: count }, (_, index) => awkwardRecord({ topic, partition, offset: first + index }))
}

/** Reads what a bucket has, as somebody does who finds out first what there is. `onCall` is told of each request, by its number. */
async function readMeanwhile(
  bucket: DumpBucket,
  onCall: (number: number) => Promise<unknown>,
  options: Partial<ReadingOptions> = {},
) {
  let calls = 0
  const store = bucket.store.client(async () => void (await onCall(calls++)))
  const dumped = createDumpedRecords([{ ...bucket.source, store }])
  const findings = noFindings()
  const records: KafkaRecord[] = []
  try {
    const places = await Array.fromAsync(dumped.partitions({}))
    for (const place of places)
      for await (const { records: some } of dumped.read(place, {}, { findings, ...options }))
        for (const record of some) records.push(record)
  } finally {
    await dumped.close()
  }
  return { records, findings, calls }
}

const placesOf = (records: readonly KafkaRecord[]) =>
  records.map(({ partition, offset }) => `${partition}:${offset}`).toSorted()

describe('compaction that runs while a dump is read takes nothing away', () => {
  test.each([
    ['the first one of a partition', 0, false],
    ['a later one of a partition', 0, true],
    ['the first one of a topic', 'all', false],
    ['a later one of a topic', 'all', true],
  ] as const)('%s, whenever it runs', async (_, unit, isLater) => {
    let most = 1
    for (let number = 0; number < most; number++) {
      const bucket = new DumpBucket({ form: { compression: 'none' } })
      const early = [batch(0, 5), batch(0, 5, 1)]
      for (const some of early) await bucket.dump(some, { isStaged: true })
      if (isLater) await bucket.compact(topic, unit)
      const waiting = [batch(5, 5), batch(10, 5), batch(5, 5, 1), batch(15, 5)]
      for (const some of waiting) await bucket.dump(some, { isStaged: true })
      const { records, findings, calls } = await readMeanwhile(bucket, async call => {
        if (call === number) await bucket.compact(topic, unit)
      })
      expect({ number, offsets: placesOf(records) }).toEqual({
        number,
        offsets: placesOf([...early, ...waiting].flat()),
      })
      expect(findings).toMatchObject({ missing: [], corrupt: [] })
      most = Math.max(most, calls)
    }
  })

  test('also where objects that cannot be read are passed over', async () => {
    const bucket = new DumpBucket()
    for (const first of [0, 5, 10]) await bucket.dump(batch(first, 5), { isStaged: true })
    const read = await readMeanwhile(bucket, call => compactAtReading(bucket, call), { skipCorrupt: true })
    expect(placesOf(read.records)).toEqual(placesOf(batch(0, 15)))
    expect(read.findings).toMatchObject({ missing: [], corrupt: [] })
  })
})

/** The first requests find out what there is. */
async function compactAtReading(bucket: DumpBucket, call: number) {
  if (call === 4) await bucket.compact(topic, 0)
}

test('a batch that is gone and that no commit log has taken ends the reading, or is passed over', async () => {
  const bucket = new DumpBucket()
  for (const first of [0, 5, 10]) await bucket.dump(batch(first, 5), { isStaged: true })
  const key = bucket.store.keys('lake/_staging/')[1] as string
  const removeAtReading = async (call: number) => call > 3 && bucket.store.objects.delete(key)
  await expect(readMeanwhile(bucket, removeAtReading)).rejects.toMatchObject({
    ...{ code: 'STORE_OBJECT_MISSING', offset: 5, message: expect.stringContaining(key) },
  })
  await bucket.dump(batch(5, 5), { isStaged: true })
  const { records, findings } = await readMeanwhile(bucket, removeAtReading, { skipCorrupt: true })
  expect(placesOf(records)).toEqual(placesOf([...batch(0, 5), ...batch(10, 5)]))
  expect(findings).toMatchObject({ missing: [[5, 5]], corrupt: [{ key, firstOffset: 5, lastOffset: 9 }] })
})
