import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { LogRecord, LogTaker, TopicLog } from '../../../../lib/kafka/read/topic-log.ts'
import { createOffsetMaps, type OffsetMaps } from '../../../../lib/replication/offsets/offset-map-reader.ts'
import { encodeSegment } from '../../../../lib/replication/offsets/offset-map-segment.ts'
import { createOffsetSyncs, type SyncProducer } from '../../../../lib/replication/offsets/offset-sync.ts'
import { createReplicatedOffsets } from '../../../../lib/replication/offsets/replicated-offsets.ts'
import { cleanSegments } from '../../../../lib/replication/offsets/segment-cleanup.ts'
import type { Span } from '../../../../lib/replication/offsets/span-list.ts'

const topics = { topic: 'syncs', mapTopic: 'map' }
/** Retention has deleted nothing of the source. */
const source = {
  bounds: async () =>
    new Map([
      [
        'orders',
        new Map([
          [0, { start: 0, end: 0 }],
          [1, { start: 0, end: 0 }],
        ]),
      ],
    ]),
}
const created = { admin: { createTopic: async () => {} }, replicas: -1, ...topics }
const logger = { info() {}, warn() {}, error() {} }

/** The two topics as a broker has them, where the moment of a compaction can be chosen. */
class Topics implements SyncProducer, TopicLog {
  readonly logs: Record<string, (LogRecord | undefined)[]> = { syncs: [], map: [] }
  down = false

  async send(topic: string, records: LogRecord[]) {
    if (this.down) throw new Error('the cluster is away')
    for (const record of records) this.logs[topic]?.push(record)
  }

  async read(topic: string, from: number, { take }: LogTaker) {
    const log = this.logs[topic] ?? []
    for (const record of log.slice(from)) if (record !== undefined) take(record)
    return log.length
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
      clean: fc.boolean(),
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

test('whichever instances wrote the batches, and however often the topics were cleaned up and compacted, each position is exact', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async batches => {
      const log = new Topics()
      const warm = reader(log)
      const instances = [
        createOffsetSyncs({ producer: log, ...created }),
        createOffsetSyncs({ producer: log, ...created }),
      ]
      for (const { instance, fresh, compact, clean, spans } of batches) {
        if (fresh) instances[instance] = createOffsetSyncs({ producer: log, ...created })
        await instances[instance]?.record({ topic: 'orders', partition: 1 }, spans, Date.now() + 1000)
        if (compact) log.compact()
        await warm.refresh()
        if (clean) await cleanSegments(warm.segments(), source, records => log.send('map', records))
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

test('batches that continue without a jump leave one record in each topic', async () => {
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

/** Batches without a jump, which four instances write in turn. */
async function replicatedInTurn(log: Topics, batches: number): Promise<void> {
  const instances = Array.from({ length: 4 }, () => createOffsetSyncs({ producer: log, ...created }))
  for (let batch = 0; batch < batches; batch++) {
    const spans = [{ sourceFirst: batch * 100, targetFirst: batch * 100, count: 100 }]
    await instances[batch % 4]?.record({ topic: 'orders', partition: 0 }, spans, Date.now() + 60_000)
  }
}

const keptIn = (log: Topics) => log.logs.map?.filter(record => record?.value).length

// Each time that another instance takes the next batch, it begins a segment: 100,000 batches left 100,032 of them.
test('batches of several instances in turn leave as many segments as there are jumps, once they are cleaned up', async () => {
  const log = new Topics()
  await replicatedInTurn(log, 5_000)
  expect(keptIn(log)).toBe(5_000)
  const maps = reader(log)
  for (let pass = 0; pass < 3; pass++) {
    await maps.refresh()
    await cleanSegments(maps.segments(), source, records => log.send('map', records))
    log.compact()
  }
  expect(keptIn(log)).toBeLessThanOrEqual(3)
  const cold = reader(log)
  await cold.refresh()
  expect([0, 4_999, 499_999].map(offset => cold.of('orders', 0)?.translate(offset))).toEqual([0, 4_999, 499_999])
})

// `Math.min` of all segments ended in "Maximum call stack size exceeded", for good: the clean-up came after it.
test('more segments of a partition than a call can have arguments are read and cleaned up', async () => {
  const log = new Topics()
  const many = 150_000
  for (let index = 0; index < many; index++) {
    const spans = [{ sourceFirst: index * 10, targetFirst: index * 10, count: 9 }]
    log.logs.map?.push(encodeSegment({ topic: 'orders', partition: 0, begun: index, spans }))
  }
  const maps = reader(log)
  await maps.refresh()
  const largest: number[] = []
  const { segmentsMerged } = await cleanSegments(maps.segments(), source, async records => {
    largest.push(records.length)
    await log.send('map', records)
  })
  expect(segmentsMerged).toBeGreaterThan(many - 512)
  expect(largest.every(length => length <= 2_000)).toBe(true)
  log.compact()
  expect(keptIn(log)).toBeLessThan(many / 256)
  const cold = reader(log)
  await cold.refresh()
  expect([0, 8, 9, 1_499_998].map(offset => cold.of('orders', 0)?.translate(offset))).toEqual([0, 8, 9, 1_499_998])
})

test('segments whose records are gone from the source are deleted, except the newest; a segment is never lost to a late run', async () => {
  const log = new Topics()
  await replicatedInTurn(log, 40)
  const maps = reader(log)
  await maps.refresh()
  const requests: LogRecord[][] = []
  const later = async (records: LogRecord[]) => void requests.push(records)
  await cleanSegments(
    maps.segments().map(list => list.slice(0, 20)),
    source,
    later,
  )
  await cleanSegments(maps.segments(), source, records => log.send('map', records))
  await maps.refresh()
  await cleanSegments(maps.segments(), source, records => log.send('map', records))
  // What another instance had read before all that.
  for (const records of requests) await log.send('map', records)
  log.compact()
  const cold = reader(log)
  await cold.refresh()
  for (let batch = 0; batch < 40; batch++) expect(cold.of('orders', 0)?.translate(batch * 100)).toBe(batch * 100)

  const gone = { bounds: async () => new Map([['orders', new Map([[0, { start: 4_000, end: 4_000 }]])]]) }
  await maps.refresh()
  await cleanSegments(maps.segments(), gone, records => log.send('map', records))
  log.compact()
  expect(keptIn(log)).toBe(1)
})

// Its records have the offsets of the deleted topic: a group at 30 was set to the old topic's 30.
test('a source topic that was deleted and created again starts over, in whatever order its segments are read', async () => {
  const segment = (topicId: string, begun: number, targetFirst: number) =>
    encodeSegment({
      topic: 'orders',
      partition: 0,
      topicId,
      begun,
      spans: [{ sourceFirst: 0, targetFirst, count: 50 }],
    })
  const [old, fresh] = [segment(randomUUID(), 1, 0), segment(randomUUID(), 2, 100)]
  for (const records of [
    [old, fresh],
    [fresh, old],
  ]) {
    const log = new Topics()
    log.logs.map?.push(...records)
    const maps = reader(log)
    await maps.refresh()
    expect(maps.of('orders', 0)?.translate(30)).toBe(130)
  }
})

test('beyond a number of spans the partition with the most is thinned: its older positions are earlier than exact, never later', async () => {
  const log = new Topics()
  const segment = (partition: number, index: number) =>
    encodeSegment({
      ...{ topic: 'orders', partition, begun: index },
      spans: Array.from({ length: 100 }, (_, span) => ({
        sourceFirst: (index * 100 + span) * 10,
        targetFirst: (index * 100 + span) * 9,
        count: 9,
      })),
    })
  log.logs.map?.push(segment(1, 0))
  for (let index = 0; index < 50; index++) log.logs.map?.push(segment(0, index))
  const maps = createOffsetMaps({ log, syncsTopic: topics.topic, mapTopic: topics.mapTopic, logger, maxSpans: 1_000 })
  await maps.refresh()
  expect(maps.of('orders', 1)?.translate(505)).toBe(455)
  expect(maps.of('orders', 0)?.translate(49_995)).toBe(44_996)
  for (let span = 0; span < 5_000; span++) {
    expect(maps.of('orders', 0)?.translate(span * 10)).toBeLessThanOrEqual(span * 9)
  }
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

// Redriving the first record of a partition made every position of its groups the end of the target.
test('records that are done again out of their order are on the target, and move no position', async () => {
  const log = new Topics()
  const place = { topic: 'orders', partition: 0, topicId: randomUUID() }
  const own = createOffsetSyncs({ ...created, producer: log })
  await own.record(place, [{ sourceFirst: 1, targetFirst: 0, count: 999 }], Date.now() + 1_000)
  const redriving = createOffsetSyncs({ ...created, producer: log, late: true })
  await redriving.record(place, [{ sourceFirst: 0, targetFirst: 999, count: 1 }], Date.now() + 1_000)
  await own.record(place, [{ sourceFirst: 1_000, targetFirst: 1_000, count: 5 }], Date.now() + 1_000)
  const maps = reader(log)
  await maps.refresh()
  const map = maps.of('orders', 0)
  expect([1, 10, 999, 1_000, 1_004].map(offset => map?.translate(offset))).toEqual([0, 9, 998, 1_000, 1_004])
  const replicated = createReplicatedOffsets(log, topics.mapTopic, logger as never)
  await replicated.refresh()
  expect([0, 1, 1_004, 1_005].map(replicated.of(place.topicId, 0))).toEqual([true, true, true, false])
  expect(replicated.newest(place.topicId, 0)?.spans.at(-1)).toEqual({
    sourceFirst: 1_000,
    targetFirst: 1_000,
    count: 5,
  })
})
