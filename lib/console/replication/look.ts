import { UnknownTopicError } from '../../kafka/error.ts'
import type { PartitionRecords } from '../../kafka/read/partition-records.ts'
import { PartitionMap } from '../../partition-map.ts'
import type { KafkaRecord, TopicPartition } from '../../record.ts'
import { remoteHeartbeatsTopic } from '../../replication/naming/heartbeat.ts'
import { checkpointsTopic, subjectOf } from '../../replication/offsets/checkpoint.ts'
import { isOwnGroup } from '../../replication/offsets/consumer-offsets-groups.ts'
import { decodeCheckpoint, decodeHeartbeat } from '../../replication/offsets/mirror-records.ts'
import type { OffsetMaps } from '../../replication/offsets/offset-map-reader.ts'
import type { OpenedReplication } from './opened-replication.ts'
import type { Checkpoints, Signs, SourceState, TargetState } from './state.ts'

/** Records from the end of a topic that are looked at for the newest of one kind. */
const NEWEST = 50

/** Asks both clusters. What fails keeps its last answer. */
export async function look(opened: OpenedReplication): Promise<void> {
  const { known } = opened
  await Promise.all([
    known.source.refresh(() => sourceState(opened)),
    known.checkpoints.refresh(() => checkpoints(opened)),
    known.signs.refresh(() => signs(opened)),
    known.maps.refresh(() => maps(opened)),
  ])
  // Which topics and groups there are is known from the source, or from the checkpoints once the source is gone.
  await known.target.refresh(() => targetState(opened))
}

async function sourceState({ settings, onSource, isWanted, ownGroup }: OpenedReplication): Promise<SourceState> {
  const [counts, states] = await Promise.all([onSource.admin.partitionCounts(), onSource.offsets.states()])
  const isRead = (topic: string) => settings.topics?.includes(topic) ?? settings.pattern?.test(topic) ?? false
  const topics = new Map([...counts].filter(([topic]) => isRead(topic) && settings.obstacleTo(topic) === undefined))
  const own = new Set(Array.from(topics.keys(), settings.groupOf))
  const wanted = [...states.keys()].filter(group => isWanted(group) && !own.has(group))
  const [bounds, committed] = await Promise.all([
    onSource.offsets.bounds(Array.from(topics, partitionsOf).flat()),
    onSource.offsets.committed([...own, ...wanted]),
  ])
  const groups = wanted.flatMap(group => {
    const positions = committed.get(group) ?? []
    const replicated = positions.filter(({ topic }) => topics.has(topic))
    return replicated.length === 0 || isOwnGroup(group, positions, ownGroup) ? [] : [[group, replicated] as const]
  })
  const reached = new Map(Array.from(topics.keys(), topic => [topic, committed.get(settings.groupOf(topic)) ?? []]))
  return { topics, bounds, reached, states, groups: new Map(groups) }
}

function partitionsOf([topic, count]: [string, number]): TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }))
}

/** Brokers refuse a request that names a partition twice. */
function distinct(places: TopicPartition[]): TopicPartition[] {
  const all = places.map(({ topic, partition }) => ({ topic, partition }))
  return [...new PartitionMap(all.map(place => [place, place])).values()]
}

async function targetState({ settings, onTarget, known }: OpenedReplication): Promise<TargetState> {
  const { sourceAlias, policy } = settings.replication
  const remote = Array.from(known.source.value?.topics ?? [], ([topic, count]) =>
    partitionsOf([policy.remoteTopic(sourceAlias, topic), count]),
  ).flat()
  const translated = [...(known.checkpoints.value?.newest.values() ?? [])]
  const groups = new Set([...(known.source.value?.groups.keys() ?? []), ...translated.map(({ group }) => group)])
  const [bounds, committed, states] = await Promise.all([
    onTarget.offsets.bounds(distinct([...remote, ...translated])),
    onTarget.offsets.committed([...groups]),
    onTarget.offsets.states(),
  ])
  return { bounds, states, groups: committed }
}

/** Continues behind the checkpoints that are known. */
async function checkpoints({ settings, onTarget, known, syncOffsets }: OpenedReplication): Promise<Checkpoints> {
  const { next, newest } = known.checkpoints.value ?? { next: 0, newest: new Map() }
  if (!syncOffsets) return { next, newest }
  const { sourceAlias, separator } = settings.replication
  const take = ({ key, value }: Pick<KafkaRecord, 'key' | 'value'>) => {
    const checkpoint = decoded(key, value, decodeCheckpoint)
    if (checkpoint) newest.set(subjectOf(checkpoint), checkpoint)
  }
  try {
    const topic = checkpointsTopic(sourceAlias, separator)
    return { newest, next: await onTarget.log.read(topic, next, { take, restart: () => newest.clear() }) }
  } catch (error) {
    if (error instanceof UnknownTopicError) return { next: 0, newest: new Map() }
    throw error
  }
}

/** The positions of both clusters; none before anything was replicated. */
async function maps({ maps }: OpenedReplication): Promise<OffsetMaps> {
  try {
    await maps.refresh()
  } catch (error) {
    if (!(error instanceof UnknownTopicError)) throw error
  }
  return maps
}

async function signs({ settings, onTarget: { records }, syncOffsets }: OpenedReplication): Promise<Signs> {
  if (!syncOffsets) return { heartbeat: null, newestCheckpoint: null }
  const { sourceAlias, targetAlias, separator } = settings.replication
  const isOwn = ({ key, value }: KafkaRecord) => {
    const heartbeat = decoded(key, value, decodeHeartbeat)
    return heartbeat?.sourceAlias === sourceAlias && heartbeat.targetAlias === targetAlias
  }
  const [heartbeat, newestCheckpoint] = await Promise.all([
    newestOf(records, remoteHeartbeatsTopic(sourceAlias, separator), isOwn),
    newestOf(records, checkpointsTopic(sourceAlias, separator), () => true),
  ])
  return { heartbeat, newestCheckpoint }
}

/** The time of the last record of this kind near the end of a topic with one partition. */
async function newestOf(records: PartitionRecords, topic: string, isKind: (record: KafkaRecord) => boolean) {
  const partition = 0
  const { start, end } = (await records.bounds(topic)).get(partition) ?? { start: 0, end: 0 }
  let newest: number | null = null
  for await (const some of records.read({ topic, partition, from: Math.max(start, end - NEWEST), end }))
    newest = some.findLast(isKind)?.timestamp ?? newest
  return newest
}

/** Undefined for a record in another format. */
function decoded<T>(key: Buffer | null, value: Buffer | null, decode: (record: { key: Buffer; value: Buffer }) => T) {
  try {
    return key && value ? decode({ key, value }) : undefined
  } catch {
    return undefined
  }
}
