import fc from 'fast-check'
import type { LogRecord, TopicLog } from '../../../../lib/kafka/read/topic-log.ts'
import type { Span } from '../../../../lib/replication/offsets/offset-map.ts'
import { createOffsetMaps, type OffsetMaps } from '../../../../lib/replication/offsets/offset-map-reader.ts'
import { createOffsetSyncs, type SyncProducer } from '../../../../lib/replication/offsets/offset-sync.ts'

const topics = { topic: 'syncs', mapTopic: 'map' }
const created = { admin: { createTopic: async () => {} }, replicas: -1, ...topics }
const logger = { info() {}, warn() {}, error() {} }

/** The two topics as a broker has them, where the moment of a compaction can be chosen. */
class Topics implements SyncProducer, TopicLog {
  readonly logs: Record<string, (LogRecord | undefined)[]> = { syncs: [], map: [] }
  down = false

  async send(topic: string, records: LogRecord[]) {
    if (this.down) throw new Error('the cluster is away')
    this.logs[topic]?.push(...records)
  }

  async read(topic: string, from: number) {
    const log = this.logs[topic] ?? []
    return { records: log.slice(from).filter(record => record !== undefined), next: log.length, restarted: false }
  }

  compact() {
    for (const log of Object.values(this.logs)) {
      const newest = new Map(log.map((record, offset) => [record?.key?.toString('hex'), offset]))
      log.forEach((record, offset) => {
        if (record && newest.get(record.key?.toString('hex')) !== offset) log[offset] = undefined
      })
    }
  }

  async close() {}
}

function reader(log: Topics): OffsetMaps {
  return createOffsetMaps({ log, syncsTopic: topics.topic, mapTopic: topics.mapTopic, logger })
}

/** What each batch has to say: its spans, and which of two instances handles it. */
const batches = fc
  .array(
    fc.record({
      instance: fc.nat({ max: 1 }),
      fresh: fc.boolean(),
      compact: fc.boolean(),
      steps: fc.array(
        fc.tuple(fc.constantFrom(0, 0, 0, 2, 50), fc.constantFrom(0, 0, 0, 1), fc.integer({ min: 1, max: 300 })),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map(batches => {
    let [source, target] = [3, 0]
    return batches.map(({ steps, ...batch }) => {
      const spans = steps.map(([sourceGap, targetGap, count]): Span => {
        const span = { sourceFirst: source + sourceGap, targetFirst: target + targetGap, count }
        source = span.sourceFirst + count
        target = span.targetFirst + count
        return span
      })
      return { ...batch, spans }
    })
  })

test('whichever instances wrote the batches, and however often the topics were compacted, each position is exact', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async batches => {
      const log = new Topics()
      const warm = reader(log)
      const instances = [
        createOffsetSyncs({ producer: log, ...created }),
        createOffsetSyncs({ producer: log, ...created }),
      ]
      for (const { instance, fresh, compact, spans } of batches) {
        if (fresh) instances[instance] = createOffsetSyncs({ producer: log, ...created })
        await instances[instance]?.record({ topic: 'orders', partition: 1 }, spans, Date.now() + 1000)
        if (compact) log.compact()
        await warm.refresh()
      }
      log.compact()
      const cold = reader(log)
      await cold.refresh()
      for (const { sourceFirst, targetFirst, count } of batches.flatMap(({ spans }) => spans)) {
        for (const record of [0, count >> 1, count - 1]) {
          const positions = [warm, cold].map(maps => maps.of('orders', 1)?.translate(sourceFirst + record))
          expect(positions).toEqual([targetFirst + record, targetFirst + record])
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('batches that go on without a jump leave one record in each topic', async () => {
  const log = new Topics()
  const syncs = createOffsetSyncs({ producer: log, ...created })
  for (let first = 0; first < 100_000; first += 100) {
    await syncs.record(
      { topic: 'orders', partition: 0 },
      [{ sourceFirst: first, targetFirst: first, count: 100 }],
      Date.now() + 1000,
    )
  }
  log.compact()
  const kept = Object.values(log.logs).map(log => log.filter(record => record !== undefined))
  expect(kept.map(records => records.length)).toEqual([1, 1])
})

test('a batch full of gaps is kept whole, with few syncs for MirrorMaker 2', async () => {
  const log = new Topics()
  const spans = Array.from({ length: 5_000 }, (_, index) => ({ sourceFirst: index * 2, targetFirst: index, count: 1 }))
  await createOffsetSyncs({ producer: log, ...created }).record(
    { topic: 'orders', partition: 0 },
    spans,
    Date.now() + 1000,
  )
  expect(log.logs.syncs?.length).toBeLessThanOrEqual(65)
  expect(log.logs.map?.reduce((bytes, record) => bytes + (record?.value?.length ?? 0), 0)).toBeLessThan(20_000)
  const maps = reader(log)
  await maps.refresh()
  for (const { sourceFirst, targetFirst } of spans) {
    expect(maps.of('orders', 0)?.translate(sourceFirst)).toBe(targetFirst)
  }
})

test('a batch whose offsets could not be written is written again when it is repeated', async () => {
  const log = new Topics()
  const syncs = createOffsetSyncs({ producer: log, ...created })
  const spans = [{ sourceFirst: 0, targetFirst: 0, count: 10 }]
  log.down = true
  await expect(syncs.record({ topic: 'orders', partition: 0 }, spans, Date.now() + 1000)).rejects.toThrow('away')
  log.down = false
  await syncs.record(
    { topic: 'orders', partition: 0 },
    [{ sourceFirst: 0, targetFirst: 10, count: 10 }],
    Date.now() + 1000,
  )
  const maps = reader(log)
  await maps.refresh()
  expect(maps.of('orders', 0)?.translate(4)).toBe(14)
})

test('records in another format are left out, with a warning that names the topic', async () => {
  const log = new Topics()
  const warnings: unknown[] = []
  await createOffsetSyncs({ producer: log, ...created }).record(
    { topic: 'orders', partition: 0 },
    [{ sourceFirst: 0, targetFirst: 0, count: 1 }],
    Date.now() + 1000,
  )
  log.logs.map?.unshift({ key: Buffer.from('k'), value: Buffer.from('what a person produced') })
  const maps = createOffsetMaps({
    log,
    syncsTopic: topics.topic,
    mapTopic: topics.mapTopic,
    logger: { ...logger, warn: (...line) => void warnings.push(line) },
  })
  await maps.refresh()
  expect(maps.of('orders', 0)?.translate(0)).toBe(0)
  expect(warnings).toEqual([['Records left out', { topic: 'map', records: 1, errorCode: 'RECORD_UNDECODABLE' }]])
})
