import type { DumpedPartition } from '../dumped/dumped-records.ts'
import { asCodedError, CodedError } from '../error.ts'
import { partitionsFor } from '../replication/routing.ts'
import { createTargetTopics, type TopicsSource } from '../replication/target-topics.ts'
import { retryUntil } from '../retry.ts'
import { restoredTopicId } from './identity.ts'
import { type Inspected, inspectDump } from './inspect.ts'
import { requireCreatable } from './purge.ts'
import type { RestoredTopic } from './report.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic, Problem, Restoration, RestoreTime } from './restoration.ts'
import { lackingError } from './target-gaps.ts'

/** How long the requests about one topic may take, in milliseconds: deleting is the longest. */
const TOPIC_MS = 60_000

/** A topic of the dump with what is known of both sides before anything is changed. */
interface Found {
  topic: string
  target: string
  /** How many partitions the target topic needs for the records of the dump. */
  needed: number
  places: DumpedPartition[]
  /** Absent: the target topic doesn't exist. */
  present?: { partitions: number; topicId: string; isFull: boolean }
  isPurged: boolean
}

/**
 * Makes the target's topics ready: deletes those to purge, creates missing ones as they were recorded, or with the partitions of
 * the dump, and adds missing partitions. Nothing is changed unless everything may be, and the dump has records for what is
 * deleted. A dry run changes nothing at all.
 *
 * @throws CodedError `RESTORE_TARGET_NOT_EMPTY`, `CONFIG_INVALID` for a topic to purge that nothing is restored to; those of
 * `inspectDump` and of the cluster
 */
export async function prepareTopics(
  restoration: Restoration,
  request: Pick<RestoreRequest, 'append' | 'purge' | 'dryRun'> & Inspected,
  places: readonly DumpedPartition[],
  time: Pick<RestoreTime, 'deadline' | 'signal'>,
): Promise<PreparedTopic[]> {
  const found: Found[] = []
  for (const [topic, some] of Map.groupBy(places, ({ topic }) => topic))
    found.push(await find(topic, some, restoration, request.purge, time))
  // After the look at the topics: another process of this restore marks a topic before it writes to it.
  await restoration.target.refresh()
  const refusals = [
    ...unknownPurges(found, request.purge),
    ...notEmpty(found, restoration, request),
    ...(request.append ? [] : await lacking(found, restoration, time)),
  ]
  if (!request.dryRun) {
    if (refusals[0]) throw refusals[0]
    await inspectDump(restoration, request, places, purgedPlaces(found), time)
    await requirePurgeable(found, restoration, time)
  }
  const topics = request.dryRun
    ? await Promise.all(found.map(one => planned(one, found, restoration, refusals, time)))
    : await change(found, restoration, time)
  const [first, ...others] = topics
  if (!first) return []
  return [{ ...first, problems: [...first.problems, ...(await passedOver(restoration))] }, ...others]
}

/** What the dumps have besides: whoever restores everything has to know that it isn't everything. */
async function passedOver({ dumped }: Restoration): Promise<Problem[]> {
  const said = {
    unrecognized: (objects: number, key: string) =>
      `${objects} objects have keys of another template and were not restored, the first one ${key}`,
    quarantined: (_: number, key: string) => `What compaction has put aside was not restored, such as ${key}`,
  }
  return (await dumped.passedOver()).map(({ reason, objects, key }) => ({
    code: 'DUMP_OBJECTS_PASSED_OVER',
    message: `${said[reason](objects, key)}.`,
  }))
}

async function find(
  topic: string,
  places: DumpedPartition[],
  restoration: Restoration,
  purge: readonly string[],
  time: Pick<RestoreTime, 'deadline'>,
): Promise<Found> {
  const {
    routing,
    target: { admin, hasRecords, topicId },
  } = restoration
  const target = routing.policy.remoteTopic(routing.sourceAlias, topic)
  const needed = places.reduce((most, { partition }) => Math.max(most, partitionsFor(partition, routing)), 1)
  const partitions = await asking(time, () => admin.partitionCount(target))
  const found = { topic, target, needed, places, isPurged: purge.includes(target) }
  if (partitions === undefined) return found
  const ownId = await topicId(target, within(time))
  const isFull = await asking(time, () => hasRecords(target))
  // Made again in between, it would be judged by the records of another topic.
  if ((await topicId(target, within(time))) !== ownId) return await find(topic, places, restoration, purge, time)
  return { ...found, present: { partitions, isFull, topicId: ownId } }
}

/** What is restored to each topic that is deleted. */
function purgedPlaces(found: Found[]): Map<string, DumpedPartition[]> {
  const purged = found.filter(({ isPurged, present }) => isPurged && present)
  const byTarget = Map.groupBy(purged, ({ target }) => target)
  return new Map(Array.from(byTarget, ([target, some]) => [target, some.flatMap(({ places }) => places)]))
}

/** Repeats requests of which nothing tells how long they may take. */
function asking<T>(time: Pick<RestoreTime, 'deadline'>, ask: () => Promise<T>): Promise<T> {
  return retryUntil(within(time), ask)
}

function within({ deadline }: Pick<RestoreTime, 'deadline'>): number {
  return Math.min(deadline, Date.now() + TOPIC_MS)
}

function unknownPurges(found: Found[], purge: readonly string[]): CodedError[] {
  const targets = new Set(found.map(({ target }) => target))
  const unknown = purge.filter(topic => !targets.has(topic))
  if (unknown.length === 0) return []
  const message = `purge: expected target topics of this restore, got ${unknown.join(', ')}`
  return [new CodedError('CONFIG_INVALID', message)]
}

/** A topic that this restore has begun to write to may have records: the restore continues. */
function notEmpty(found: Found[], { target }: Restoration, { append }: Pick<RestoreRequest, 'append'>): CodedError[] {
  if (append) return []
  const isBegun = ({ topic, present }: Found) => present && target.isMarked(idOf(topic, present.topicId, target))
  const byTarget = [...Map.groupBy(found, one => one.target).values()]
  const refused = byTarget.filter(topics => isFull(topics[0]) && !topics.some(isBegun)).map(topics => topics[0]?.target)
  if (refused.length === 0) return []
  const message =
    `Target topics have records already: ${refused.join(', ')}. Append to them, purge them by name, ` +
    'or restore to other names.'
  return [new CodedError('RESTORE_TARGET_NOT_EMPTY', message, { topic: refused[0] })]
}

/** Topics that this restore continues with and that no longer have what it has produced. */
async function lacking(
  found: Found[],
  restoration: Restoration,
  time: Pick<RestoreTime, 'deadline'>,
): Promise<CodedError[]> {
  const errors: CodedError[] = []
  for (const { topic, target, present, places, isPurged } of found) {
    if (!present || isPurged) continue
    const topicId = idOf(topic, present.topicId, restoration.target)
    const error = await asking(time, () => lackingError(restoration, target, topicId, places))
    // Made again in between, it is another topic.
    if (error && (await restoration.target.topicId(target, within(time))) === present.topicId) errors.push(error)
  }
  return errors
}

/** Nothing is deleted before everything that is deleted can be made again. */
async function requirePurgeable(found: Found[], restoration: Restoration, time: Pick<RestoreTime, 'deadline'>) {
  const { target } = restoration
  for (const [name, topics] of Map.groupBy(found, one => one.target)) {
    const [{ present, isPurged, topic } = {} as Found] = topics
    if (!present || !isPurged) continue
    const settings = target.settings.replicated((await restoration.recorded.topic(topic))?.settings ?? {})
    const partitions = await partitionsOf(topics, restoration)
    const ids = topics.map(one => idOf(one.topic, present.topicId, target))
    const created = { topic: name, partitions, replicas: target.replicas, settings }
    await asking(time, () => requireCreatable(created, ids, restoration, present.topicId))
  }
}

/** As many partitions as were recorded, as the records need, and as the target has: none is lost with a topic that is purged. */
async function partitionsOf(topics: readonly Found[], { recorded }: Pick<Restoration, 'recorded'>): Promise<number> {
  const counts = await Promise.all(
    topics.map(async ({ topic, needed, present }) =>
      Math.max((await recorded.topic(topic))?.partitions ?? 0, needed, present?.partitions ?? 0),
    ),
  )
  return counts.reduce((most, count) => Math.max(most, count), 1)
}

const isFull = (found: Found | undefined) => found?.present?.isFull === true && !found.isPurged

function idOf(topic: string, ownId: string, { identity }: Restoration['target']): string {
  return restoredTopicId(identity, topic, ownId)
}

/** What a dry run tells of a topic: it may not be there yet. */
async function planned(
  { topic, target, needed, present, isPurged }: Found,
  found: readonly Found[],
  restoration: Restoration,
  refusals: CodedError[],
  time: Pick<RestoreTime, 'deadline'>,
): Promise<PreparedTopic> {
  const recorded = await restoration.recorded.topic(topic)
  const problems = refusals.filter(({ topic = target }) => topic === target).map(problemOf)
  if (present && !isPurged) {
    const settings = await settingsOf(target, restoration, time)
    const topicId = idOf(topic, present.topicId, restoration.target)
    const partitions = Math.max(present.partitions, needed)
    return { ...{ topic, target, topicId, partitions, settings, problems }, targetState: 'present' }
  }
  const same = found.filter(other => other.target === target)
  const partitions = await partitionsOf(same, restoration)
  const settings = restoration.target.settings.replicated(recorded?.settings ?? {})
  return { ...{ topic, target, partitions, settings, problems }, targetState: isPurged ? 'purged' : 'create' }
}

function problemOf({ code, message, topic }: CodedError): Problem {
  return { code, message, topic }
}

async function change(found: Found[], restoration: Restoration, time: Pick<RestoreTime, 'deadline'>) {
  const { target, logger } = restoration
  const states = new Map<string, RestoredTopic['targetState']>()
  for (const { target: topic, isPurged, present } of found) {
    const isFirst = !states.has(topic)
    states.set(topic, isPurged && present ? 'purged' : present ? 'present' : 'created')
    if (!isFirst || !isPurged || !present) continue
    await asking(time, () => target.admin.deleteTopic(topic))
    logger.info('Target topic deleted, to be created again', { topic })
  }
  const topics = createTargetTopics({
    ...{ target: target.admin, replicas: target.replicas, settings: target.settings, logger },
    source: recordedSource(found, restoration),
  })
  const prepared: PreparedTopic[] = []
  for (const { topic, target: name, needed } of found) {
    const partitions = await asking(time, () => topics.ready(topic, name, needed))
    const topicId = idOf(topic, await target.topicId(name, within(time)), target)
    await target.mark(topic, topicId, within(time))
    const settings = await settingsOf(name, restoration, time)
    const targetState = states.get(name) ?? 'present'
    prepared.push({ ...{ topic, target: name, topicId, partitions, settings, targetState }, problems: [] })
  }
  return prepared
}

/** What new topics are made like: as they were recorded, else as many partitions as the dump has. */
function recordedSource(found: Found[], { recorded }: Restoration): TopicsSource {
  const byTarget = Map.groupBy(found, ({ target }) => target)
  const targets = new Map(found.map(({ topic, target }) => [topic, target]))
  return {
    // One number for all that goes to the same topic: with another one, keys of some would have other partitions.
    partitionCount: topic => partitionsOf(byTarget.get(targets.get(topic) ?? '') ?? [], { recorded }),
    async topicSettings(topics) {
      const all = await Promise.all(topics.map(async topic => [topic, await recorded.topic(topic)] as const))
      return new Map(all.map(([topic, known]) => [topic, known?.settings ?? {}]))
    },
  }
}

/** Without them nothing is warned of: a login that writes may not be allowed to describe. */
async function settingsOf(topic: string, { target }: Restoration, time: Pick<RestoreTime, 'deadline'>) {
  const found = await asking(time, () => target.admin.settingsInEffect([topic], shownSettings)).catch(thrown => {
    if (asCodedError(thrown).code !== 'KAFKA_ACCESS_DENIED') throw thrown
    return undefined
  })
  return found?.get(topic) ?? {}
}

/** The settings of a target topic that decide what becomes of restored records. */
const shownSettings = [
  'cleanup.policy',
  'max.message.bytes',
  'message.timestamp.type',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  'retention.bytes',
  'retention.ms',
]
