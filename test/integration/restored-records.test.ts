import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { createRecordDigest } from '../../lib/record-digest.ts'
import { mappingPolicy, singleTopicPolicy } from '../../lib/replication/naming/policy.ts'
import type { RestoredPartition, RestoreReport } from '../../lib/restore/report.ts'
import { replaceTopicSettings } from '../support/applied-changes.ts'
import { awkwardRecord, awkwardRecords } from '../support/awkward-records.ts'
import { memoryDump } from '../support/memory-dump.ts'
import { recordsOn, restoreTo } from '../support/restoring.ts'
import { stack, uniqueName } from '../support/stack.ts'

const target = stack.target.plaintext
const admin = createAdmin(target, 'test')

/** Old records are what dumps have, and a topic's retention would delete them in the middle of a test. */
const kept = { settings: { 'retention.ms': '-1', 'max.message.bytes': '10000000' } }

const record = (topic: string, offset: number, fields: Partial<KafkaRecord> = {}): KafkaRecord =>
  awkwardRecord({
    topic,
    partition: 0,
    offset,
    key: Buffer.from(`k${offset}`),
    value: Buffer.from(`${offset}`),
    ...fields,
  })

/** Records that take several transactions. */
const large = (topic: string, count: number, partition = 0): KafkaRecord[] =>
  Array.from({ length: count }, (_, index) =>
    record(topic, index * 3, { partition, value: Buffer.alloc(700_000, `${partition}/${index * 3} `) }),
  )

const placesOf = (report: RestoreReport): RestoredPartition[] => report.topics.flatMap(({ places }) => places)

function digestOf(records: KafkaRecord[] = []): string {
  const digest = createRecordDigest()
  digest.add(records)
  return digest.digest()
}

/** Source offsets in the order in which they are on the target, as the keys tell. */
const offsetsOf = (records: KafkaRecord[] = []) => records.map(({ key }) => Number(String(key).slice(1)))

async function produce(topic: string, records: Partial<KafkaRecord>[], partition = 0) {
  const producer = createProducer(target, { clientId: 'test' })
  const all = records.map(fields => ({ ...record(topic, 0), ...fields, partition }))
  await producer.send(topic, all, Date.now() + 30_000)
  await producer.close()
}

test.each([true, false])('records of every kind come back as they were, exactly once: %s', async exactlyOnce => {
  const topic = uniqueName('awkward')
  const records = Object.values(awkwardRecords)
    .map((fields, index) => awkwardRecord({ topic, partition: 3, ...fields, offset: index * 2 }, index))
    .map(one => ({ ...one, topic, partition: 3 }))
  const report = await restoreTo(target, {
    ...{ dumped: memoryDump(records, 7), exactlyOnce },
    recorded: { [topic]: { ...kept, partitions: 6 } },
  })
  const found = await recordsOn(target, topic)
  expect([...found.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5])
  const there = found.get(3) ?? []
  // The end of each transaction takes an offset.
  expect(there).toEqual(records.map((one, index) => ({ ...one, offset: there[index]?.offset })))
  expect(report).toMatchObject({ outcome: 'restored', problems: [] })
  expect(report.topics).toMatchObject([{ topic, target: topic, targetState: 'created', partitions: 6 }])
  expect(placesOf(report)).toMatchObject([
    {
      ...{ records: records.length, produced: records.length, present: 0, targetFirst: 0 },
      ...{ targetLast: there.at(-1)?.offset, digestRead: digestOf(records), digestProduced: digestOf(records) },
    },
  ])
})

test.each(['same', 'key', 'round-robin'] as const)(
  'a restore that is ended again and again produces each record once, with the partitioner %s',
  async partitioner => {
    const topic = uniqueName('ended')
    const records = [...large(topic, 10, 0), ...large(topic, 10, 1)].map(one =>
      one.offset % 2 ? one : { ...one, key: null, headers: [{ key: 'at', value: Buffer.from(`${one.offset}`) }] },
    )
    const dumped = memoryDump(records, 3)
    const restoring = { dumped, routing: { partitioner }, recorded: { [topic]: { ...kept, partitions: 4 } } }
    const reports: RestoreReport[] = []
    for (;;) {
      const ending = new AbortController()
      let batches = 0
      // Some runs end between two batches, others while one is written.
      const produced = () => ++batches > reports.length % 3 && ending.abort()
      reports.push(await restoreTo(target, restoring, { signal: ending.signal, progress: { produced } }))
      if (reports.at(-1)?.outcome === 'restored') break
      expect(reports.at(-1)).toMatchObject({ outcome: 'unfinished', problems: [] })
    }
    expect(reports.length).toBeGreaterThan(2)
    const produced = reports.flatMap(placesOf).reduce((sum, place) => sum + place.produced, 0)
    expect(produced).toBe(records.length)
    const found = await recordsOn(target, topic)
    const values = [...found.values()].flat().map(({ value }) => value?.toString('latin1', 0, 8))
    expect(values.sort()).toEqual(records.map(({ value }) => value?.toString('latin1', 0, 8)).sort())
    if (partitioner !== 'same') return
    for (const partition of [0, 1])
      expect(digestOf(found.get(partition))).toBe(digestOf(records.filter(one => one.partition === partition)))
  },
)

test('a topic with records is refused, unless they are this restore’s, it appends, or the topic is purged', async () => {
  const [topic, other] = [uniqueName('full'), uniqueName('empty')]
  const records = [record(topic, 10), record(topic, 11), record(other, 5)]
  const restoring = { dumped: memoryDump(records), recorded: { [topic]: kept, [other]: kept } }
  await admin.createTopic({ topic, partitions: 1, replicas: 1, settings: kept.settings })
  await produce(topic, [{ key: Buffer.from('k0') }])
  const refused = { code: 'RESTORE_TARGET_NOT_EMPTY', message: expect.stringContaining(topic) }
  await expect(restoreTo(target, restoring)).rejects.toMatchObject(refused)
  expect(await admin.partitionCount(other)).toBeUndefined()
  const plan = await restoreTo(target, restoring, { dryRun: true })
  expect(plan).toMatchObject({ outcome: 'planned', problems: [refused] })
  expect(await restoreTo(target, restoring, { append: true })).toMatchObject({ outcome: 'restored' })
  expect(offsetsOf((await recordsOn(target, topic)).get(0))).toEqual([0, 10, 11])
  // The restore has begun, so it may continue.
  expect(placesOf(await restoreTo(target, restoring))).toMatchObject([{ present: 2, produced: 0 }, { present: 1 }])
  const unknown = restoreTo(target, restoring, { purge: ['orders'] })
  await expect(unknown).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('orders') })
  const purged = await restoreTo(target, restoring, { purge: [topic] })
  expect(purged.topics).toMatchObject([{ targetState: 'purged' }, { targetState: 'present' }])
  expect(placesOf(purged)).toMatchObject([
    { present: 0, produced: 2 },
    { present: 1, produced: 0 },
  ])
  expect(offsetsOf((await recordsOn(target, topic)).get(0))).toEqual([10, 11])
  // Another restore is not this one.
  await expect(restoreTo(target, { ...restoring, source: 's3://other' })).rejects.toMatchObject(refused)
})

// osodevops/kafka-backup, issue 144: offsets of the old topic were out of range on the one that was created again.
test('a target topic that was deleted and made again gets everything again', async () => {
  const topic = uniqueName('anew')
  const restoring = { dumped: memoryDump(large(topic, 6)), recorded: { [topic]: kept } }
  await restoreTo(target, restoring)
  await admin.deleteTopic(topic)
  await admin.createTopic({ topic, partitions: 1, replicas: 1, settings: kept.settings })
  expect(placesOf(await restoreTo(target, restoring))).toMatchObject([{ present: 0, produced: 6, targetFirst: 0 }])
  expect((await recordsOn(target, topic)).get(0)).toHaveLength(6)
})

test.each([true, false])(
  'a target topic that is made again in the middle ends its restore, exactly once: %s',
  async exactlyOnce => {
    const topic = uniqueName('swapped')
    const records = large(topic, 12)
    // One record per batch, so that the reader can stop and wait for the swap.
    const restoring = { dumped: memoryDump(records, 1), recorded: { [topic]: kept }, exactlyOnce }
    let swapped: Promise<void> | undefined
    const swap = async () => {
      await admin.deleteTopic(topic)
      await admin.createTopic({ topic, partitions: 1, replicas: 1, settings: kept.settings })
    }
    const dumped = {
      ...restoring.dumped,
      async *read(...given: Parameters<typeof restoring.dumped.read>) {
        for await (const batch of restoring.dumped.read(...given)) {
          yield batch
          if (swapped) await swapped
        }
      },
    }
    const produced = () => {
      swapped ??= swap()
    }
    const report = await restoreTo(target, { ...restoring, dumped }, { progress: { produced } })
    await swapped
    expect(report.outcome).toBe('failed')
    expect(['RESTORE_TARGET_CHANGED', 'KAFKA_REJECTED']).toContain(report.problems[0]?.code)
    if (!exactlyOnce) return
    expect(placesOf(await restoreTo(target, restoring))).toMatchObject([{ present: 0, produced: 12 }])
    expect(digestOf((await recordsOn(target, topic)).get(0))).toBe(digestOf(records))
  },
)

// osodevops/kafka-backup, issues 67 and 1366.
test('ten restores at once all complete with equal digests, and so does one of the last partition alone', async () => {
  const [topic, partitions] = [uniqueName('many'), 10]
  const parts = Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: 15 }, (_, index) =>
      record(topic, index * 2, { partition, key: Buffer.from(`k${partition}`) }),
    ),
  )
  const [dumped, digests] = [memoryDump(parts.flat(), 5), parts.map(digestOf)]
  // Each has an id and a topic of its own. The cluster, and the topic with the maps of offsets, are the same.
  const copies = Array.from({ length: 10 }, (_, index) => `${topic}-${index}`)
  const reports = await Promise.all(
    copies.map(copy => {
      const routing = { policy: mappingPolicy(new Map([[topic, copy]])) }
      return restoreTo(target, { dumped, routing, source: `s3://${copy}`, recorded: { [topic]: kept } })
    }),
  )
  expect(new Set(reports.map(({ id }) => id)).size).toBe(copies.length)
  for (const report of reports) {
    expect(report).toMatchObject({ outcome: 'restored', problems: [], topics: [{ partitions }] })
    expect(placesOf(report).map(({ digestProduced }) => digestProduced)).toEqual(digests)
  }
  const found = await Promise.all(copies.map(copy => recordsOn(target, copy)))
  for (const copy of found) expect(digests.map((_, partition) => digestOf(copy.get(partition)))).toEqual(digests)
  const name = uniqueName('last')
  const last = { dumped: memoryDump([record(name, 7, { partition: 9 })]), recorded: { [name]: kept } }
  expect(await restoreTo(target, last)).toMatchObject({ topics: [{ partitions: 10 }] })
  expect((await recordsOn(target, name)).get(9)).toHaveLength(1)
})

test('topics get other names, or one for all, and a header when they are told to', async () => {
  const [orders, payments, shop, all] = ['orders', 'payments', 'shop', 'all'].map(uniqueName) as [
    string,
    string,
    string,
    string,
  ]
  const records = [record(orders, 0), record(orders, 1), record(payments, 0)]
  const recorded = { [orders]: kept, [payments]: kept }
  const renaming = { policy: mappingPolicy(new Map([[orders, shop]])), addSourceHeader: true, sourceAlias: 'eu' }
  const renamed = await restoreTo(target, { dumped: memoryDump(records), recorded, routing: renaming })
  expect(renamed.topics.map(one => one.target)).toEqual([shop, payments])
  const [first] = (await recordsOn(target, shop)).get(0) ?? []
  expect(first?.headers).toEqual([{ key: 'kafka-functions.source', value: Buffer.from('eu') }])
  const [place] = placesOf(renamed)
  expect(place?.digestProduced).toBe(digestOf((await recordsOn(target, shop)).get(0)))
  expect(place?.digestProduced).not.toBe(place?.digestRead)
  const joining = { dumped: memoryDump(records), recorded, routing: { policy: singleTopicPolicy(all) } }
  await restoreTo(target, joining)
  expect((await recordsOn(target, all)).get(0)).toHaveLength(3)
  expect(placesOf(await restoreTo(target, joining))).toMatchObject([{ produced: 0 }, { produced: 0 }])
})

test('records that the target refuses are named with what to do, and the restore continues once that is done', async () => {
  const [small, recent, compacted, fine] = ['small', 'recent', 'compacted', 'fine'].map(uniqueName) as [
    string,
    string,
    string,
    string,
  ]
  const old = Date.now() - 40 * 86_400_000
  const records = [
    ...[record(small, 0), record(small, 1, { value: Buffer.alloc(20_000) }), record(small, 2)],
    ...[record(recent, 0, { timestamp: Date.now() }), record(recent, 1, { timestamp: old })],
    ...[record(compacted, 0), record(compacted, 1, { key: null })],
    record(fine, 0),
  ]
  const settings: Record<string, Record<string, string>> = {
    [small]: { 'max.message.bytes': '10000', 'retention.ms': '-1' },
    [recent]: { 'message.timestamp.before.max.ms': '3600000', 'retention.ms': '-1' },
    [compacted]: { 'cleanup.policy': 'compact' },
    [fine]: kept.settings,
  }
  const recorded = Object.fromEntries(Object.entries(settings).map(([topic, settings]) => [topic, { settings }]))
  const restoring = { dumped: memoryDump(records), recorded }
  const report = await restoreTo(target, restoring)
  expect(report.outcome).toBe('failed')
  expect(report.problems).toMatchObject([
    {
      code: 'KAFKA_RECORD_TOO_LARGE',
      topic: small,
      partition: 0,
      offset: 1,
      message: expect.stringContaining('max.message.bytes'),
    },
    {
      code: 'KAFKA_TIMESTAMP_REFUSED',
      topic: recent,
      partition: 0,
      offset: 1,
      message: expect.stringContaining('message.timestamp.before.max.ms'),
    },
    { code: 'KAFKA_RECORD_REFUSED', topic: compacted, partition: 0, offset: 1 },
  ])
  expect((await recordsOn(target, fine)).get(0)).toHaveLength(1)
  const relaxed = { ...kept.settings, 'cleanup.policy': 'delete' }
  for (const topic of [small, recent, compacted]) await replaceTopicSettings(target, topic, relaxed)
  expect(await restoreTo(target, restoring)).toMatchObject({ outcome: 'restored' })
  for (const topic of [small, recent, compacted])
    expect(digestOf((await recordsOn(target, topic)).get(0))).toBe(digestOf(records.filter(one => one.topic === topic)))
})

test('a dry run reads everything, changes nothing, and tells what a restore would do', async () => {
  const topic = uniqueName('planned')
  const records = [record(topic, 3, { timestamp: Date.now() - 100_000 }), record(topic, 9)]
  const settings = { 'retention.ms': '1000', 'cleanup.policy': 'delete' }
  const restoring = { dumped: memoryDump(records), recorded: { [topic]: { partitions: 4, settings } } }
  const plan = await restoreTo(target, restoring, { dryRun: true })
  expect(plan).toMatchObject({ outcome: 'planned', estimatedMs: expect.any(Number) })
  expect(plan.topics).toMatchObject([{ targetState: 'create', partitions: 4, settings }])
  expect(placesOf(plan)).toMatchObject([
    { records: 2, produced: 0, present: 0, missing: [[4, 5]], firstOffset: 3, lastOffset: 9 },
  ])
  expect(plan.problems).toMatchObject([{ code: 'RESTORE_RETENTION_SHORT', topic }])
  expect(await admin.partitionCount(topic)).toBeUndefined()
  const strict = restoreTo(target, restoring, { strict: true })
  await expect(strict).rejects.toMatchObject({ code: 'RESTORE_OFFSETS_MISSING', topic, partition: 0, offset: 4 })
})
