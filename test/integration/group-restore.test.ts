import { Consumer } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import type { CommitStore } from '../../lib/commits/commit-store.ts'
import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { createGroupRemoval } from '../../lib/kafka/admin/group-removal.ts'
import { type KafkaSettings, kafkajsConfig, platformaticConfig } from '../../lib/kafka/client/settings.ts'
import { READ_COMMITTED } from '../../lib/kafka/protocol.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import { createTopicLog } from '../../lib/kafka/read/topic-log.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { createSettingsFilter } from '../../lib/replication/settings-filter.ts'
import { bucketHistory } from '../../lib/restore/groups/group-history.ts'
import { createGroupsRestoration } from '../../lib/restore/groups/groups-restoration.ts'
import { restoredTopicId } from '../../lib/restore/identity.ts'
import type { RestoredGroup } from '../../lib/restore/report.ts'
import type { GroupsRequest } from '../../lib/restore/request.ts'
import type { PreparedTopic } from '../../lib/restore/restoration.ts'
import { createRestoreTarget, RESTORE_MAP_TOPIC, type RestoreTarget } from '../../lib/restore/target.ts'
import { openTargetClients } from '../../lib/restore/target-clients.ts'
import { recordGroups } from '../../lib/snapshots/record-groups.ts'
import { newestGroups } from '../../lib/snapshots/snapshots.ts'
import { createTopics } from '../../local/topics.ts'
import { inTime } from '../support/deadline.ts'
import { produceWithGaps } from '../support/gap-topic.ts'
import { committedOffsets, readInGroup } from '../support/group-reader.ts'
import { MemoryStore } from '../support/memory-store.ts'
import { stack, uniqueName } from '../support/stack.ts'

const source = stack.connections.plaintext
const target = stack.target.plaintext
const deadline = () => Date.now() + 60_000
const quiet = { info: () => {}, warn: () => {}, error: () => {} } as never
const PARTITIONS = 2

/** Everything that this file's restores have in common. */
const identity = { id: uniqueName('restore'), sources: ['s3://bucket/lake'], partitioner: 'same' as const }
const clients = openTargetClients(target, { clientId: 'test', compression: 'none', exactlyOnce: true })
const repeating = openTargetClients(target, { clientId: 'test', compression: 'none', exactlyOnce: false })
const [exactlyOnce, atLeastOnce] = [clients, repeating].map(clients =>
  createRestoreTarget(clients, { identity, replicas: -1, settings: createSettingsFilter([]), logger: quiet }),
) as [RestoreTarget, RestoreTarget]
const [onSource, onTarget] = [createGroupOffsets(source, 'test'), createGroupOffsets(target, 'test')]
const removal = createGroupRemoval(target, 'test')
const log = createTopicLog(target, 'test')
const [reader, targetReader] = [createPartitionRecords(source, 'test'), createPartitionRecords(target, 'test')]

afterAll(() =>
  Promise.all(
    [clients, repeating, onSource, onTarget, removal, log, reader, targetReader].map(client => client.close()),
  ),
)

/** A topic of the source with what readers of committed records see of it. */
interface SourceTopic {
  topic: string
  records: KafkaRecord[][]
  ends: number[]
}

/** A topic with aborted transactions, so that offsets are missing in all places. */
async function gappyTopic(): Promise<SourceTopic> {
  const topic = uniqueName('orders')
  await createTopics(source, { [topic]: PARTITIONS })
  await produceWithGaps(source, topic, PARTITIONS, 14)
  const bounds = await reader.bounds(topic)
  const read = async (partition: number) => {
    const range = { topic, partition, from: 0, end: bounds.get(partition)?.end ?? 0 }
    return (await Array.fromAsync(reader.read(range))).flat()
  }
  const records = await Promise.all([0, 1].map(read))
  return { topic, records, ends: [0, 1].map(partition => bounds.get(partition)?.end ?? 0) }
}

/** Produces records of a topic to another one of the target, five at a time. */
async function restoreRecords(
  topic: string,
  records: KafkaRecord[][],
  restoring = exactlyOnce,
): Promise<PreparedTopic> {
  const remote = uniqueName('restored')
  await createTopics(target, { [remote]: PARTITIONS })
  const topicId = restoredTopicId(identity, topic, await clients.topicId(remote, deadline()))
  await restoring.mark(topic, topicId, deadline())
  const attempt = { deadline: deadline(), delivered: () => {} }
  const write = async (all: KafkaRecord[], partition: number) => {
    for (let first = 0; first < all.length; first += 5) {
      const some = all.slice(first, first + 5).map(record => ({ record, outgoing: record }))
      await restoring.writer.write({ source: { topic, partition, topicId }, target: remote, records: some }, attempt)
    }
  }
  await Promise.all(records.map(write))
  return { topic, target: remote, topicId, partitions: PARTITIONS, settings: {}, targetState: 'created', problems: [] }
}

/** Records the source's groups with this prefix beside a dump. */
async function recordedGroups(prefix: string): Promise<MemoryStore> {
  const store = new MemoryStore(Date.now)
  const patterns = [new RegExp(`^${prefix}.*`)]
  await recordGroups({ cluster: onSource, store, prefix: 'lake', patterns, logger: quiet, now: Date.now })
  return store
}

function restorationFrom(store: Pick<CommitStore, 'list' | 'get' | 'create'>) {
  const history = bucketHistory(store, `lake/_restores/${identity.id}/`)
  const snapshots = async (until?: number) => [await newestGroups(store, 'lake', until)]
  return createGroupsRestoration({
    ...{
      target: onTarget,
      records: targetReader,
      removal,
      log,
      mapTopic: RESTORE_MAP_TOPIC,
      snapshots,
      history,
      logger: quiet,
    },
    now: Date.now,
  })
}

type Asked = Partial<GroupsRequest> & { dryRun?: boolean }

async function setGroups(store: MemoryStore, topics: PreparedTopic[], { dryRun = false, ...asked }: Asked = {}) {
  const groups: GroupsRequest = { strategy: 'recorded', only: false, undo: false, ...asked }
  const request = { selection: {}, dryRun, append: false, purge: [], strict: false, skipCorrupt: false, groups }
  const places = { topics, places: [], partitioner: 'same' as const, dryRun, deadline: deadline() }
  return await restorationFrom(store).restore(request, places)
}

const outcomes = (groups: RestoredGroup[]) => Object.fromEntries(groups.map(({ group, outcome }) => [group, outcome]))
const values = (records: KafkaRecord[][]) => records.map(part => part.map(({ value }) => String(value)))

/** Commits a position of a group without members. */
async function commit(cluster: typeof onSource, group: string, topic: string, offsets: number[], metadata = '') {
  const positions = offsets.map((offset, partition) => ({ topic, partition, offset, metadata }))
  const results = await cluster.commit([{ group, positions }], deadline())
  expect(results.get(group)).toBe('set')
}

/** Joins a group, calls `use` while it is a member, and leaves. */
async function asMember<T>(connection: KafkaSettings, group: string, topic: string, use: () => Promise<T>): Promise<T> {
  const kafka = new Kafka({ ...kafkajsConfig(connection), clientId: group, logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: group })
  const joined = Promise.withResolvers<void>()
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve())
  await consumer.connect()
  try {
    await consumer.subscribe({ topic })
    await consumer.run({ autoCommit: false, eachMessage: async () => {} })
    await inTime(joined.promise, () => `${group} joins`)
    return await use()
  } finally {
    await consumer.disconnect()
  }
}

/** Reads some records in a group of KIP-848, commits behind the last one, and leaves. */
async function readInNewGroup(connection: KafkaSettings, groupId: string, topic: string, count: number) {
  const consumer = new Consumer({
    ...{ ...platformaticConfig(connection), clientId: groupId, groupId, groupProtocol: 'consumer', autocommit: false },
  } as ConstructorParameters<typeof Consumer>[0])
  const read: { partition: number; offset: number; value: string }[] = []
  try {
    const stream = await consumer.consume({
      topics: [topic],
      mode: 'committed',
      fallbackMode: 'earliest',
      maxWaitTime: 200,
      isolationLevel: READ_COMMITTED,
    } as never)
    const reading = (async () => {
      for await (const { partition, offset, value } of stream as AsyncIterable<{
        partition: number
        offset: bigint
        value: Buffer
      }>) {
        read.push({ partition, offset: Number(offset), value: String(value) })
        if (read.length === count) break
      }
    })()
    await inTime(reading, () => `${read.length} records of ${topic} in ${groupId}`)
    const ends = new Map(read.map(({ partition, offset }) => [partition, offset + 1]))
    await consumer.commit({
      offsets: Array.from(ends, ([partition, end]) => ({ topic, partition, offset: BigInt(end), leaderEpoch: -1 })),
    })
    await stream.close()
    return read
  } finally {
    await consumer.close(true)
  }
}

describe('groups that were recorded', () => {
  let topic: SourceTopic
  let prefix: string
  let store: MemoryStore

  beforeAll(async () => {
    topic = await gappyTopic()
    prefix = uniqueName('g')
    // One for each offset of a partition, also in gaps and behind the end.
    const offsets = Array.from({ length: (topic.ends[0] ?? 0) + 1 }, (_, offset) => offset)
    const groups = offsets.map(offset => ({
      group: `${prefix}-at-${offset}`,
      positions: [{ topic: topic.topic, partition: 0, offset, metadata: `at ${offset}` }],
    }))
    const results = await onSource.commit(groups, deadline())
    expect(new Set(results.values())).toEqual(new Set(['set']))
    await readInGroup(source, `${prefix}-reader`, topic.topic, [9, 4])
    store = await recordedGroups(prefix)
  })

  test('continue at the record that they would have read next, wherever they were', async () => {
    // As compaction leaves a topic: some records are gone, too.
    const compacted = topic.records.map(part => part.filter((_, index) => index % 3 !== 1))
    const cases = [
      [topic.records, exactlyOnce],
      [compacted, exactlyOnce],
      [compacted, atLeastOnce],
    ] as const
    for (const [records, restoring] of cases) {
      const remote = await restoreRecords(topic.topic, records, restoring)
      const planned = await setGroups(store, [remote], { dryRun: true })
      expect(new Set(Object.values(outcomes(planned.groups)))).toEqual(new Set(['planned']))
      const { groups, problems } = await setGroups(store, [remote])
      expect(problems).toEqual([])
      expect(groups.map(({ positions }) => positions)).toEqual(planned.groups.map(({ positions }) => positions))
      expect(new Set(Object.values(outcomes(groups)))).toEqual(new Set(['set']))
      const restored = await recordsOn(remote.target)
      const committed = await onTarget.committed(groups.map(({ group }) => group))
      for (let offset = 0; offset <= (topic.ends[0] ?? 0); offset++) {
        const unread = (records[0] ?? []).filter(record => record.offset >= offset)
        const positions = committed.get(`${prefix}-at-${offset}`) ?? []
        // The same groups have positions in the topics of the cases before.
        const position = positions.find(({ topic }) => topic === remote.target)
        expect(position).toMatchObject({ partition: 0, metadata: `at ${offset}` })
        const read = (restored[0] ?? []).filter(record => record.offset >= (position?.offset ?? 0))
        expect(values([read])).toEqual(values([unread]))
      }
      const repeated = await setGroups(store, [remote])
      expect(new Set(Object.values(outcomes(repeated.groups)))).toEqual(new Set(['unchanged']))
    }
  })

  test('are read on by their consumers without a record missing or coming again', async () => {
    const remote = await restoreRecords(topic.topic, topic.records)
    await setGroups(store, [remote], { names: [`${prefix}-reader`] })
    const rest = [topic.records[0]?.slice(9) ?? [], topic.records[1]?.slice(4) ?? []]
    const counts = rest.map(({ length }) => length)
    const read = await readInGroup(target, `${prefix}-reader`, remote.target, counts)
    expect(read.map(part => part.map(({ value }) => String(value)))).toEqual(values(rest))
  })

  test('of the protocol of KIP-848 are recorded, set and read on as well', async () => {
    const group = `${prefix}-new`
    const all = topic.records.flat().map(({ value }) => String(value))
    // This client also shows what was aborted.
    const first = (await readInNewGroup(source, group, topic.topic, 12)).filter(({ value }) => all.includes(value))
    const remote = await restoreRecords(topic.topic, topic.records)
    const { groups } = await setGroups(await recordedGroups(group), [remote])
    expect(outcomes(groups)).toEqual({ [group]: 'set' })
    const rest = await readInNewGroup(target, group, remote.target, all.length - first.length)
    expect([...first, ...rest].map(({ value }) => value).sort()).toEqual(all.toSorted())
  })

  test('are left as they are where nothing was restored, and nobody is told that they were set', async () => {
    const [remote, other] = [await restoreRecords(topic.topic, []), await restoreRecords('other', topic.records)]
    const names = [`${prefix}-reader`, 'no-such-group', '/nothing-.*/']
    await expect(setGroups(store, [remote], { names, only: true })).rejects.toThrow('knows no record of')
    const { groups, problems } = await setGroups(store, [remote, other], { names, only: true })
    expect(outcomes(groups)).toEqual({ [`${prefix}-reader`]: 'unknown', 'no-such-group': 'unknown' })
    expect(problems.map(({ code }) => code)).toEqual(['RESTORE_GROUPS_UNRECORDED', 'RESTORE_MAP_MISSING'])
    expect(await committedOffsets(target, `${prefix}-reader`, remote.target)).toEqual([-1, -1])
  })
})

describe('groups on the target', () => {
  test('with members are left alone and named, until they have none', async () => {
    const { topic, records } = await gappyTopic()
    const prefix = uniqueName('m')
    const [busy, idle] = [`${prefix}-busy`, `${prefix}-idle`]
    await commit(onSource, busy, topic, [3, 3])
    await commit(onSource, idle, topic, [3, 3])
    const store = await recordedGroups(prefix)
    const remote = await restoreRecords(topic, records)
    const { groups } = await asMember(target, busy, remote.target, () => setGroups(store, [remote]))
    expect(outcomes(groups)).toEqual({ [busy]: 'active', [idle]: 'set' })
    expect(groups[0]?.message).toContain('it has members')
    expect(await committedOffsets(target, busy, remote.target)).toEqual([-1, -1])
    expect(outcomes((await setGroups(store, [remote])).groups)).toEqual({ [busy]: 'set', [idle]: 'unchanged' })
  })

  test('are set to the first record, behind the last one, or to a time, also when nothing was recorded', async () => {
    const { topic, records: read } = await gappyTopic()
    // The ends of transactions are younger than all records of the dump.
    const begin = Date.now() - 3_600_000
    const records = read.map(part => part.map(record => ({ ...record, timestamp: begin + record.offset * 1000 })))
    const remote = await restoreRecords(topic, records)
    const store = new MemoryStore(Date.now)
    const restored = await recordsOn(remote.target)
    const group = uniqueName('edge')
    const setTo = async (asked: Asked) => {
      const { groups } = await setGroups(store, [remote], { names: [group], ...asked })
      expect(outcomes(groups)).toEqual({ [group]: 'set' })
      return await committedOffsets(target, group, remote.target)
    }
    expect(await setTo({ strategy: 'latest' })).toEqual(restored.map(part => (part.at(-1)?.offset ?? 0) + 1))
    expect(await setTo({ strategy: 'earliest' })).toEqual(restored.map(part => part[0]?.offset))
    const time = (restored[0]?.[12]?.timestamp ?? 0) - 1
    const from = restored.map(part => part.find(({ timestamp }) => timestamp >= time)?.offset)
    expect(await setTo({ strategy: 'time', time })).toEqual(from)
    const ends = restored.map(part => (part.at(-1)?.offset ?? 0) + 2)
    expect(await setTo({ strategy: 'time', time: Date.now() + 60_000 })).toEqual(ends)
    const unrecorded = await setGroups(store, [remote])
    expect(unrecorded).toMatchObject({ groups: [], problems: [{ code: 'RESTORE_GROUPS_UNRECORDED' }] })
  })

  test('are set back to what they were, and what was not there is removed', async () => {
    const { topic, records } = await gappyTopic()
    const prefix = uniqueName('u')
    const [fresh, moved, partly] = ['fresh', 'moved', 'partly'].map(name => `${prefix}-${name}`) as [
      string,
      string,
      string,
    ]
    for (const group of [fresh, moved, partly]) await commit(onSource, group, topic, [6, 6])
    const store = await recordedGroups(prefix)
    const remote = await restoreRecords(topic, records)
    const other = uniqueName('other')
    await createTopics(target, { [other]: 1 })
    await commit(onTarget, moved, remote.target, [1, 2], 'mine')
    await commit(onTarget, partly, other, [0])
    const before = await onTarget.committed([moved, partly])
    const restored = await setGroups(store, [remote], { strategy: 'latest' })
    expect(new Set(Object.values(outcomes(restored.groups)))).toEqual(new Set(['set']))
    const busy = await asMember(target, moved, remote.target, () => restorationFrom(store).undo(deadline()))
    expect(outcomes(busy.groups)).toEqual({ [fresh]: 'undone', [moved]: 'active', [partly]: 'undone' })
    const { groups } = await restorationFrom(store).undo(deadline())
    expect(new Set(Object.values(outcomes(groups)))).toEqual(new Set(['undone']))
    expect(await onTarget.committed([moved, partly])).toEqual(before)
    expect((await onTarget.states()).has(fresh)).toBe(false)
    // All was undone, so nothing is left to do.
    expect(await restorationFrom(store).undo(deadline())).toEqual({ groups: [], problems: [] })
  })
})

/** The records of a topic of the target, as readers of committed records see them. */
async function recordsOn(topic: string): Promise<KafkaRecord[][]> {
  const bounds = await targetReader.bounds(topic)
  const read = async ([partition, { start, end }]: [number, { start: number; end: number }]) =>
    (await Array.fromAsync(targetReader.read({ topic, partition, from: start, end }))).flat()
  return await Promise.all([...bounds].toSorted(([one], [other]) => one - other).map(read))
}
