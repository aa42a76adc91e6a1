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
  /** Whether the pattern doesn't mean the topic, whatever it says. */
  isExcluded(topic: string): boolean
  groupOf(topic: string): string
  admin: Pick<ClusterAdmin, 'partitionCounts'>
  mappings: EventSourceMappings
  functionName: string
  blueprint: MappingBlueprint
  /** Of the function that runs this, by whose tag a deployment holds it. */
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

/** A mapping with its tags, which are not read while Lambda is changing it. */
interface TaggedMapping extends DeployedMapping {
  tags: Record<string, string>
}

/**
 * Makes a mapping for each topic that matches and has none, gives those that have another what is declared now, and
 * disables those whose topic is gone or matches no more. When the topic is back, its mapping is enabled again, and goes on
 * at the committed offset. A connector that is declared as disabled has no topics. Done twice, it changes nothing the second
 * time; what could not be done, because it was refused or Lambda was busy with the mapping, is done the next time.
 *
 * While a connector is paused, that is, while somebody else disabled all its mappings, new ones are made disabled. While a
 * deployment holds it, it does nothing.
 *
 * @throws CodedError `MAPPING_REFUSED` after all that can be done was done
 */
export async function reconcile(connector: PatternConnector): Promise<Reconciliation> {
  const { mappings, functionName, blueprint, logger, arn } = connector
  const done: Reconciliation = { created: [], enabled: [], disabled: [], updated: [] }
  if (isHeld(await mappings.tags(arn))) {
    logger.warn('Mappings left alone: a deployment is about to delete them')
    return done
  }
  const topics = await wantedTopics(connector)
  const existing = await withTags(
    (await mappings.list(functionName)).filter(({ state }) => state !== 'Deleting'),
    mappings,
  )
  const live = existing.filter(({ topic }) => topics.has(topic))
  const back = live.filter(({ state, tags }) => state === 'Disabled' && isDisabledHere(tags))
  const others = live.filter(mapping => !back.includes(mapping))
  const isPaused = others.length > 0 && others.every(({ state }) => state === 'Disabled')
  const missing = [...topics.difference(new Set(existing.map(({ topic }) => topic)))]
  const gone = existing.filter(({ topic, state }) => !topics.has(topic) && state === 'Enabled')
  const outdated = others.filter(mapping => isSettled(mapping) && progressOf(mapping.tags, blueprint) !== 'done')
  await runAll(logger, [
    ...missing.map(topic => ({ topic, list: done.created, run: () => create(connector, topic, !isPaused) })),
    ...gone.map(mapping => ({ topic: mapping.topic, list: done.disabled, run: () => disable(connector, mapping) })),
    ...(isPaused ? [] : back).map(mapping => ({
      topic: mapping.topic,
      list: done.enabled,
      run: () => enable(connector, mapping),
    })),
    ...outdated.map(mapping => ({ topic: mapping.topic, list: done.updated, run: () => renew(connector, mapping) })),
  ])
  // Requests that go side by side end in any order.
  for (const topics of Object.values(done)) topics.sort()
  return done
}

function create(connector: PatternConnector, topic: string, Enabled: boolean): Promise<boolean> {
  const { mappings, functionName, blueprint } = connector
  return mappings.create(functionName, topic, { ...blueprintOf(connector, topic), Enabled, Tags: madeTags(blueprint) })
}

async function disable({ mappings }: PatternConnector, { uuid, arn }: TaggedMapping): Promise<boolean> {
  // First the reason: a mapping without it would look paused.
  await mappings.tag(arn, disabledTags)
  return isTaken(mappings, uuid, { Enabled: false })
}

async function enable(connector: PatternConnector, mapping: TaggedMapping): Promise<boolean> {
  const { mappings, blueprint } = connector
  const { uuid, arn, tags } = mapping
  const isLatest = progressOf(tags, blueprint) === 'done'
  const update = { Enabled: true }
  if (!(await (isLatest ? isTaken(mappings, uuid, update) : renew(connector, mapping, update)))) return false
  await mappings.untag(arn, Object.keys(disabledTags))
  return true
}

/** Gives a mapping what is declared, or the first half of it; what it was given is noted when Lambda has taken it. */
async function renew(connector: PatternConnector, mapping: TaggedMapping, more: MappingUpdate = {}): Promise<boolean> {
  const { mappings, blueprint } = connector
  const { uuid, arn, tags, topic, configuration } = mapping
  const [first, second] = mappingUpdates(blueprintOf(connector, topic), configuration)
  const isBegun = progressOf(tags, blueprint) !== 'begun' && second !== undefined
  if (!(await isTaken(mappings, uuid, { ...(isBegun ? first : (second ?? first)), ...more }))) return false
  const former = formerTags(tags, blueprint)
  if (former.length > 0) await mappings.untag(arn, former)
  await mappings.tag(arn, madeTags(blueprint, { isBegun }))
  return true
}

/** Whether Lambda takes an update, and isn't busy with an earlier one. */
async function isTaken(mappings: EventSourceMappings, uuid: string, update: MappingUpdate): Promise<boolean> {
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

/** A change, and the list of those that were made. */
interface Step {
  topic: string
  list: string[]
  /** Gives false when there was nothing to change. */
  run(): Promise<boolean>
}

/** One refusal, such as a quota's, doesn't keep the others from being tried. */
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

/** What is declared, with the consumer group of one topic. */
function blueprintOf({ blueprint, groupOf }: PatternConnector, topic: string): MappingBlueprint {
  const group = { ConsumerGroupId: groupOf(topic) }
  const { AmazonManagedKafkaEventSourceConfig: managed, SelfManagedKafkaEventSourceConfig: selfManaged } = blueprint
  return {
    ...blueprint,
    ...(managed && { AmazonManagedKafkaEventSourceConfig: { ...managed, ...group } }),
    ...(selfManaged && { SelfManagedKafkaEventSourceConfig: { ...selfManaged, ...group } }),
  }
}
