import pMap from 'p-map'
import { CodedError } from './failure/error.ts'
import type { ClusterAdmin } from './kafka/admin.ts'
import type { EventSourceMapping, EventSourceMappings, MappingBlueprint } from './lambda/event-source-mappings.ts'
import type { Log } from './observability/logger.ts'
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
  logger: Log
}

/** The topics whose mappings were changed, by name. */
export interface Reconciliation {
  created: string[]
  enabled: string[]
  disabled: string[]
  updated: string[]
}

/** Tag of a mapping that was disabled here, and not by somebody who paused it. */
const DISABLED_HERE = 'kafka-functions:disabled-by'

/** Lambda takes few such requests a second. */
const REQUESTS_AT_ONCE = 2

/**
 * Makes a mapping for each topic that matches and has none, and disables those whose topic is gone or matches no more.
 * When the topic is back, its mapping is enabled again, and goes on at the committed offset. A connector that is declared
 * as disabled has no topics. Done twice, it changes nothing the second time.
 *
 * While a connector is paused, that is, while somebody else disabled all its mappings, new ones are made disabled.
 *
 * @param update whether mappings that are there already get what the blueprint says, since it may have changed
 * @throws CodedError `MAPPING_REFUSED` after all that can be done was done
 */
export async function reconcile(connector: PatternConnector, { update }: { update: boolean }): Promise<Reconciliation> {
  const { mappings, functionName } = connector
  const topics = await wantedTopics(connector)
  const existing = (await mappings.list(functionName)).filter(({ state }) => state !== 'Deleting')
  const live = existing.filter(({ topic }) => topics.has(topic))
  const back = await disabledHere(live, mappings)
  const others = live.filter(mapping => !back.includes(mapping))
  const isPaused = others.length > 0 && others.every(({ state }) => state === 'Disabled')
  const missing = [...topics.difference(new Set(existing.map(({ topic }) => topic)))]
  const gone = existing.filter(({ topic, state }) => !topics.has(topic) && state === 'Enabled')
  const latest = (topic: string) => (update ? mappingOf(connector, topic, isPaused) : undefined)
  const done: Reconciliation = { created: [], enabled: [], disabled: [], updated: [] }
  const create = (topic: string) => mappings.create(functionName, topic, mappingOf(connector, topic, isPaused))
  const disable = async ({ uuid, arn }: EventSourceMapping) => {
    // First the reason: a mapping without it would look paused.
    await mappings.tag(arn, { [DISABLED_HERE]: 'reconcile' })
    await mappings.change(uuid, { enabled: false })
  }
  const enable = async ({ uuid, arn, topic }: EventSourceMapping) => {
    await mappings.change(uuid, { enabled: true, blueprint: latest(topic) })
    await mappings.untag(arn, [DISABLED_HERE])
  }
  await runAll(connector.logger, [
    ...missing.map(topic => ({ topic, list: done.created, run: () => create(topic) })),
    ...gone.map(mapping => ({ topic: mapping.topic, list: done.disabled, run: () => disable(mapping) })),
    ...(isPaused ? [] : back).map(mapping => ({
      topic: mapping.topic,
      list: done.enabled,
      run: () => enable(mapping),
    })),
    ...(update ? others.filter(isSettled) : []).map(({ uuid, topic }) => ({
      topic,
      list: done.updated,
      run: () => mappings.change(uuid, { blueprint: latest(topic) }),
    })),
  ])
  // Requests that go side by side end in any order.
  for (const topics of Object.values(done)) topics.sort()
  return done
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
  run(): Promise<unknown>
}

/** One refusal, such as a quota's, doesn't keep the others from being tried. */
async function runAll(logger: Log, work: Step[]): Promise<void> {
  let refused: CodedError | undefined
  const attempt = async ({ topic, list, run }: Step) => {
    try {
      if ((await run()) !== false) list.push(topic)
    } catch (cause) {
      const message = `The event source mapping of ${topic} could not be changed: ${(cause as Error).message}`
      refused = new CodedError('MAPPING_REFUSED', message, { topic, cause })
      logger.error('Mapping refused', { topic, errorCode: refused.code, errorMessage: message })
    }
  }
  await pMap(work, attempt, { concurrency: REQUESTS_AT_ONCE })
  if (refused) throw refused
}

async function disabledHere(live: EventSourceMapping[], mappings: EventSourceMappings): Promise<EventSourceMapping[]> {
  const disabled = live.filter(({ state }) => state === 'Disabled')
  const tagged = await pMap(disabled, async mapping => DISABLED_HERE in (await mappings.tags(mapping.arn)), {
    concurrency: REQUESTS_AT_ONCE,
  })
  return disabled.filter((_, index) => tagged[index])
}

/** Lambda refuses changes to a mapping that is still changing. */
function isSettled({ state }: EventSourceMapping): boolean {
  return state === 'Enabled' || state === 'Disabled'
}

function mappingOf({ blueprint, groupOf }: PatternConnector, topic: string, isPaused: boolean): MappingBlueprint {
  const group = { ConsumerGroupId: groupOf(topic) }
  const { AmazonManagedKafkaEventSourceConfig: managed, SelfManagedKafkaEventSourceConfig: selfManaged } = blueprint
  return {
    ...blueprint,
    ...(managed && { AmazonManagedKafkaEventSourceConfig: { ...managed, ...group } }),
    ...(selfManaged && { SelfManagedKafkaEventSourceConfig: { ...selfManaged, ...group } }),
    Enabled: !isPaused,
  }
}
