import pMap from 'p-map'
import { CodedError } from '../error.ts'
import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import {
  type DeployedMapping,
  type EventSourceMappings,
  isBusy,
  REQUESTS_AT_ONCE,
} from '../lambda/event-source-mappings.ts'
import { disabledTags, formerTags, isDisabledHere, isHeld, madeTags, progressOf } from '../lambda/mapping-tag.ts'
import { type MappingBlueprint, type MappingUpdate, mappingUpdates } from '../lambda/mapping-update.ts'
import type { Log } from '../observability/logger.ts'
import { matchingTopics } from './topic-pattern.ts'

/** A connector whose topics are those that match a pattern. */
export interface PatternConnector {
  pattern: RegExp
  /** Whether the topic is never read, whatever the pattern. */
  isExcluded(topic: string): boolean
  groupOf(topic: string): string
  admin: Pick<ClusterAdmin, 'partitionCounts'>
  mappings: EventSourceMappings
  functionName: string
  blueprint: MappingBlueprint
  /** ARN of the function that runs this; a deployment holds it by a tag. */
  arn: string
  logger: Log
}

/** The topics whose mappings were changed, by name. */
export interface Reconciliation {
  created: string[]
  enabled: string[]
  disabled: string[]
  updated: string[]
}

/** A mapping with its tags, which are empty while Lambda is changing it. */
interface TaggedMapping extends DeployedMapping {
  tags: Record<string, string>
}

/**
 * Creates a mapping for each matching topic without one, updates mappings whose settings differ from the declared ones, and
 * disables mappings whose topic is gone or no longer matches. When the topic is back, its mapping is enabled again and
 * continues at the committed offset. A connector that is declared as disabled has no topics. Idempotent: a change that Lambda
 * refused, or was too busy for, is made by the next run.
 *
 * While a connector is paused, that is, while somebody else has disabled all its mappings, new mappings are created disabled.
 * While a deployment holds the function, it does nothing.
 *
 * @throws CodedError `MAPPING_REFUSED` after every possible change was made
 */
export async function reconcile(connector: PatternConnector): Promise<Reconciliation> {
  const { mappings, functionName, blueprint, logger, arn } = connector
  const done: Reconciliation = { created: [], enabled: [], disabled: [], updated: [] }
  if (isHeld(await mappings.tags(arn))) {
    logger.warn('Mappings not changed, because a deployment is about to delete them')
    return done
  }
  const topics = await wantedTopics(connector)
  const existing = await withTags(
    (await mappings.list(functionName)).filter(({ state }) => state !== 'Deleting'),
    mappings,
  )
  const live = existing.filter(({ topic }) => topics.has(topic))
  const returned = live.filter(({ state, tags }) => state === 'Disabled' && isDisabledHere(tags))
  const others = live.filter(mapping => !returned.includes(mapping))
  const isPaused = others.length > 0 && others.every(({ state }) => state === 'Disabled')
  const missing = [...topics.difference(new Set(existing.map(({ topic }) => topic)))]
  const gone = existing.filter(({ topic, state }) => !topics.has(topic) && state === 'Enabled')
  const outdated = others.filter(mapping => isSettled(mapping) && progressOf(mapping.tags, blueprint) !== 'done')
  await runAll(logger, [
    ...missing.map(topic => ({ topic, list: done.created, run: () => create(connector, topic, !isPaused) })),
    ...gone.map(mapping => ({ topic: mapping.topic, list: done.disabled, run: () => disable(connector, mapping) })),
    ...(isPaused ? [] : returned).map(mapping => ({
      topic: mapping.topic,
      list: done.enabled,
      run: () => enable(connector, mapping),
    })),
    ...outdated.map(mapping => ({ topic: mapping.topic, list: done.updated, run: () => renew(connector, mapping) })),
  ])
  // Concurrent requests end in any order.
  for (const topics of Object.values(done)) topics.sort()
  return done
}

function create(connector: PatternConnector, topic: string, Enabled: boolean): Promise<boolean> {
  const { mappings, functionName, blueprint } = connector
  return mappings.create(functionName, topic, { ...blueprintOf(connector, topic), Enabled, Tags: madeTags(blueprint) })
}

async function disable({ mappings }: PatternConnector, { uuid, arn }: TaggedMapping): Promise<boolean> {
  // The tag first: without it a disabled mapping would look paused.
  await mappings.tag(arn, disabledTags)
  return tryUpdate(mappings, uuid, { Enabled: false })
}

async function enable(connector: PatternConnector, mapping: TaggedMapping): Promise<boolean> {
  const { mappings, blueprint } = connector
  const { uuid, arn, tags } = mapping
  const isLatest = progressOf(tags, blueprint) === 'done'
  const update = { Enabled: true }
  if (!(await (isLatest ? tryUpdate(mappings, uuid, update) : renew(connector, mapping, update)))) return false
  await mappings.untag(arn, Object.keys(disabledTags))
  return true
}

/** Gives a mapping the declared settings, or the first of two updates, and tags it once Lambda has accepted the update. */
async function renew(connector: PatternConnector, mapping: TaggedMapping, more: MappingUpdate = {}): Promise<boolean> {
  const { mappings, blueprint } = connector
  const { uuid, arn, tags, topic, configuration } = mapping
  const [first, second] = mappingUpdates(blueprintOf(connector, topic), configuration)
  const isBegun = progressOf(tags, blueprint) !== 'begun' && second !== undefined
  if (!(await tryUpdate(mappings, uuid, { ...(isBegun ? first : (second ?? first)), ...more }))) return false
  const former = formerTags(tags, blueprint)
  if (former.length > 0) await mappings.untag(arn, former)
  await mappings.tag(arn, madeTags(blueprint, { isBegun }))
  return true
}

/** Updates a mapping. Resolves with false when Lambda is still busy with an earlier update. */
async function tryUpdate(mappings: EventSourceMappings, uuid: string, update: MappingUpdate): Promise<boolean> {
  try {
    await mappings.update(uuid, update)
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}

async function wantedTopics({ pattern, isExcluded, admin, blueprint }: PatternConnector): Promise<Set<string>> {
  if (blueprint.Enabled === false) return new Set()
  return new Set(matchingTopics(pattern, (await admin.partitionCounts()).keys(), isExcluded))
}

/** A change, and the list that its topic is added to. */
interface Step {
  topic: string
  list: string[]
  /** Resolves with false when nothing was changed. */
  run(): Promise<boolean>
}

/** Tries every change, even if Lambda refuses one, for instance because of a quota. */
async function runAll(logger: Log, work: Step[]): Promise<void> {
  let refused: CodedError | undefined
  const attempt = async ({ topic, list, run }: Step) => {
    try {
      if (await run()) list.push(topic)
    } catch (cause) {
      const message = `The event source mapping of ${topic} could not be changed: ${(cause as Error).message}`
      refused = new CodedError('MAPPING_REFUSED', message, { topic, cause })
      logger.error('Mapping refused', { topic, errorCode: refused.code, errorMessage: message })
    }
  }
  await pMap(work, attempt, { concurrency: REQUESTS_AT_ONCE })
  if (refused) throw refused
}

function withTags(found: DeployedMapping[], mappings: EventSourceMappings): Promise<TaggedMapping[]> {
  return pMap(
    found,
    async mapping => ({ ...mapping, tags: isSettled(mapping) ? await mappings.tags(mapping.arn) : {} }),
    { concurrency: REQUESTS_AT_ONCE },
  )
}

/** Lambda refuses changes to a mapping that is still changing. */
function isSettled({ state }: DeployedMapping): boolean {
  return state === 'Enabled' || state === 'Disabled'
}

/** The blueprint with the consumer group of one topic. */
function blueprintOf({ blueprint, groupOf }: PatternConnector, topic: string): MappingBlueprint {
  const group = { ConsumerGroupId: groupOf(topic) }
  const { AmazonManagedKafkaEventSourceConfig: managed, SelfManagedKafkaEventSourceConfig: selfManaged } = blueprint
  return {
    ...blueprint,
    ...(managed && { AmazonManagedKafkaEventSourceConfig: { ...managed, ...group } }),
    ...(selfManaged && { SelfManagedKafkaEventSourceConfig: { ...selfManaged, ...group } }),
  }
}
