import { setTimeout as sleep } from 'node:timers/promises'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createTopicLog } from '../../lib/kafka/read/topic-log.ts'
import { HEARTBEATS, remoteHeartbeatsTopic } from '../../lib/replication/naming/heartbeat.ts'
import { checkpointsTopic } from '../../lib/replication/offsets/checkpoint.ts'
import { decodeCheckpoint, decodeHeartbeat, encodeOffsetSync } from '../../lib/replication/offsets/mirror-records.ts'
import { createOffsetMaps } from '../../lib/replication/offsets/offset-map-reader.ts'
import { createOffsetSyncs, offsetMapTopic, offsetSyncsTopic } from '../../lib/replication/offsets/offset-sync.ts'
import { createInternalTopics } from '../../lib/replication/offsets/offset-sync-topics.ts'
import { startMirrorMaker } from '../../local/mirror-maker/mirror-maker.ts'
import { createTopics } from '../../local/topics.ts'
import { produceWithGaps } from '../support/gap-topic.ts'
import { readInGroup } from '../support/group-reader.ts'
import { logRecords } from '../support/log-records.ts'
import { type MirrorOracle, startMirrorOracle } from '../support/mirror-oracle.ts'
import { stack, uniqueName } from '../support/stack.ts'

const source = stack.connections.plaintext
const target = stack.target.plaintext
const logger = { info() {}, warn() {}, error() {} }

let oracle: MirrorOracle

beforeAll(async () => {
  oracle = await startMirrorOracle()
})

afterAll(() => oracle.stop())

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(250)
  }
}

/** The two offset topics on the source, created for one test. */
async function offsetTopics() {
  const alias = uniqueName('mb')
  const topics = { topic: offsetSyncsTopic(alias), mapTopic: offsetMapTopic(alias) }
  const admin = createAdmin(source, 'test')
  await createInternalTopics(admin, Object.values(topics), -1).ready()
  return { alias, admin, ...topics }
}

describe('what MirrorMaker 2 wrote', () => {
  const [sourceLog, targetLog] = [createTopicLog(source, 'test'), createTopicLog(target, 'test')]

  afterAll(() => Promise.all([sourceLog.close(), targetLog.close()]))

  test('is understood: syncs, checkpoints, heartbeats, and no position past the truth', async () => {
    const { alias: targetAlias, topic: syncsTopic, mapTopic } = await offsetTopics()
    const sourceAlias = uniqueName('ma')
    const [topic, group] = [uniqueName('mirrored-orders'), uniqueName('mirrored-shop')]
    await createTopics(source, { [topic]: 1 })
    const [produced = []] = await produceWithGaps(source, topic, 1, 40)
    const [consumed = []] = await readInGroup(source, group, topic, [50])
    const [all = []] = await readInGroup(source, uniqueName('mirrored-reader'), topic, [produced.length])
    const mirrorMaker = await startMirrorMaker({
      source: { alias: sourceAlias, brokers: source.brokers.join() },
      target: { alias: targetAlias, brokers: target.brokers.join() },
      topics: topic,
      groups: group,
      // A sync for each record, so that each can be checked.
      settings: { 'offset.lag.max': '0' },
    })
    try {
      const maps = createOffsetMaps({ log: sourceLog, syncsTopic, mapTopic, logger })
      const last = all.at(-1)?.offset ?? 0
      await eventually(async () => {
        await maps.refresh()
        return maps.of(topic, 0)?.sourceEnd === last + 1 ? true : undefined
      })
      // The true position of each record. MirrorMaker 2 copies aborted records, too.
      const records = await logRecords(targetLog, `${sourceAlias}.${topic}`)
      const truth = new Map(records.map(({ value }, position) => [String(value), position]))
      for (const { offset, value } of all) {
        expect(maps.of(topic, 0)?.translate(offset) ?? 0).toBeLessThanOrEqual(truth.get(String(value)) ?? -1)
      }
      expect(maps.of(topic, 0)?.translate(last)).toBe(truth.get(String(all.at(-1)?.value)))

      const checkpoint = await eventually(async () => {
        const records = await logRecords(targetLog, checkpointsTopic(sourceAlias))
        return records.map(record => decodeCheckpoint(record as never)).find(found => found.group === group)
      })
      expect(checkpoint).toMatchObject({ topic: `${sourceAlias}.${topic}`, partition: 0 })
      expect(checkpoint.sourceOffset).toBe((consumed.at(-1)?.offset ?? 0) + 1)
      expect(checkpoint.targetOffset).toBeLessThanOrEqual((truth.get(String(consumed.at(-1)?.value)) ?? 0) + 1)

      // Other tests’ heartbeats are there, too.
      const heartbeat = await eventually(async () => {
        const records = await logRecords(targetLog, HEARTBEATS)
        return records.map(record => decodeHeartbeat(record as never)).find(found => found.sourceAlias === sourceAlias)
      })
      expect(heartbeat).toMatchObject({ sourceAlias, targetAlias })
      expect(Math.abs(Date.now() - heartbeat.timestamp)).toBeLessThan(120_000)
      expect(await oracle.ask('heartbeat-topics', target.brokers.join())).toContain(remoteHeartbeatsTopic(sourceAlias))
    } finally {
      await mirrorMaker.stop()
    }
  })
})

test('MirrorMaker 2’s store of offset syncs translates ours to a position that is never past the truth, and exact at the end', async () => {
  const { admin, ...topics } = await offsetTopics()
  const producer = createProducer(source, { clientId: 'test' })
  const syncs = createOffsetSyncs({ producer, admin, replicas: -1, ...topics })
  let [sourceOffset, targetOffset] = [0, 0]
  const truth = new Map<number, number>()
  for (let batch = 0; batch < 40; batch++) {
    const spans = Array.from({ length: 1 + (batch % 3) }, (_, index) => {
      sourceOffset += (batch + index) % 4 === 0 ? 5 : 0
      const span = { sourceFirst: sourceOffset, targetFirst: targetOffset, count: 1 + ((batch * 7) % 50) }
      for (let record = 0; record < span.count; record++) truth.set(sourceOffset + record, targetOffset + record)
      sourceOffset += span.count
      targetOffset += span.count
      return span
    })
    await syncs.record({ topic: 'orders', partition: 0 }, spans, Date.now() + 30_000)
  }
  const log = createTopicLog(source, 'test')
  const [records, maps] = [
    await logRecords(log, topics.topic),
    createOffsetMaps({ log, syncsTopic: topics.topic, mapTopic: topics.mapTopic, logger }),
  ]
  await maps.refresh()
  const written = records.flatMap(({ key, value }) => [key?.toString('hex') ?? '', value?.toString('hex') ?? ''])
  let exact = 0
  for (const [offset, position] of truth) {
    const [theirs = ''] = await oracle.ask('store-translate', offset, ...written)
    expect(Number(theirs)).toBeLessThanOrEqual(position)
    if (Number(theirs) === position) exact += 1
    expect(maps.of('orders', 0)?.translate(offset)).toBe(position)
  }
  expect(await oracle.ask('store-translate', sourceOffset, ...written)).toEqual([String(targetOffset)])
  expect(exact).toBeLessThan(truth.size)
  await Promise.all([log.close(), producer.close()])
})

test('after a change from MirrorMaker 2, its syncs count up to where ours begin', async () => {
  const { admin, ...topics } = await offsetTopics()
  const producer = createProducer(source, { clientId: 'test' })
  const theirs = [0, 10, 20].map(offset => ({
    ...encodeOffsetSync({ topic: 'orders', partition: 0, sourceOffset: offset, targetOffset: offset }),
    partition: 0,
    headers: [],
    timestamp: Date.now(),
  }))
  await producer.send(topics.topic, theirs, Date.now() + 30_000)
  const log = createTopicLog(source, 'test')
  const maps = createOffsetMaps({ log, syncsTopic: topics.topic, mapTopic: topics.mapTopic, logger })
  await maps.refresh()
  expect([10, 15, 20, 40].map(offset => maps.of('orders', 0)?.translate(offset))).toEqual([10, 11, 20, 21])
  const syncs = createOffsetSyncs({ producer, admin, replicas: -1, ...topics })
  await syncs.record(
    { topic: 'orders', partition: 0 },
    [{ sourceFirst: 30, targetFirst: 28, count: 10 }],
    Date.now() + 30_000,
  )
  await maps.refresh()
  expect([10, 15, 20, 30, 35, 40].map(offset => maps.of('orders', 0)?.translate(offset))).toEqual([
    10, 11, 20, 28, 33, 38,
  ])
  await Promise.all([log.close(), producer.close()])
})
