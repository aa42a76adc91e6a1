import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import { requireVisibleTopics } from '../kafka/admin/visible-topics.ts'
import { lambdaError } from '../lambda/client.ts'
import type { DeployedMapping } from '../lambda/event-source-mappings.ts'
import { isMissing } from '../lambda/functions.ts'
import {
  disabledTags,
  isDisabledHere,
  isHeld,
  isMadePaused,
  progressOf,
  type Settlement,
  settledTags,
  settlementOf,
} from '../lambda/mapping-tag.ts'
import type { Log } from '../observability/logger.ts'
import { create, disable, enable, type MappingMaker, renew } from './mapping-change.ts'
import { type Change, type Reconciliation, runSteps, type Step } from './reconcile-step.ts'
import { matchingTopics } from './topic-pattern.ts'

/** A connector whose topics are those that match a pattern. */
export interface PatternConnector extends MappingMaker {
  pattern: RegExp
  /** Whether the topic is never read, whatever the pattern. */
  isExcluded(topic: string): boolean
  admin: Pick<ClusterAdmin, 'partitionCounts'>
  /** ARN of the function that runs this. Its tags say whether a deployment holds it, and whether the mappings are settled. */
  arn: string
  logger: Log
}

/**
 * Creates a mapping for each matching topic without one, updates mappings whose settings differ from the declared ones, and
 * disables mappings whose topic is gone or no longer matches. When the topic is back, its mapping is enabled again and
 * continues at the committed offset. A connector that is declared as disabled has no topics. Idempotent: what Lambda refused,
 * was too busy for or throttled, and what there was no time for, is done by the next run.
 *
 * While a connector is paused, that is, while somebody else has disabled all its mappings, new mappings are created disabled;
 * so are the first ones, where the connector was paused when it got its pattern.
 * While a deployment holds the function, it does nothing.
 *
 * Lambda's API accepts few requests, and reading a mapping's tags takes one. So new topics come first. A run that has
 * brought all mappings in line notes that in a tag of its own function; until the declaration changes, later runs read no
 * tags of mappings that are as they were.
 *
 * @param deadline when the last change may begin, in milliseconds since the epoch
 * @throws CodedError `MAPPING_REFUSED` or `LAMBDA_ACCESS_DENIED` after every possible change was made; `LAMBDA_UNAVAILABLE` when
 * nothing could be done; `KAFKA_ACCESS_DENIED` when the login sees no topic at all, which would disable every mapping
 */
export async function reconcile(connector: PatternConnector, deadline: number): Promise<Reconciliation> {
  const { mappings, functionName, blueprint, logger, arn } = connector
  const done: Reconciliation = { created: [], enabled: [], disabled: [], updated: [], left: [] }
  const own = await asked(mappings.tags(arn), 'read the tags of this function')
  if (isHeld(own)) {
    logger.warn('Mappings not changed, because a deployment is about to delete them')
    return done
  }
  const topics = await wantedTopics(connector)
  const listed = await asked(mappings.list(functionName), 'list the event source mappings')
  const existing = listed.filter(({ state }) => state !== 'Deleting')
  const settlement = settlementOf(own, blueprint)
  const run = { connector, topics, existing, settlement, done, isMadePaused: isMadePaused(own) }
  const isComplete = await runSteps(stepsOf(run), { done, logger, deadline })
  // The tags of a mapping that is changing were not read.
  const areKnown = settlement.isSettled || existing.every(isAtRest)
  if (isComplete && areKnown) await settle(run)
  // Concurrent requests end in any order.
  for (const topics of Object.values(done)) topics.sort()
  return done
}

/** One run over a connector's mappings. */
interface Run {
  connector: PatternConnector
  /** The topics that should be read. */
  topics: Set<string>
  existing: DeployedMapping[]
  settlement: Settlement
  done: Reconciliation
  /** Whether the connector was paused when it got its pattern. */
  isMadePaused: boolean
}

/** The changes that may be needed, the most urgent first. */
function stepsOf(run: Run): Step[][] {
  const { connector, topics, existing, settlement } = run
  const live = existing.filter(({ topic }) => topics.has(topic))
  const missing = topics.difference(new Set(existing.map(({ topic }) => topic)))
  const gone = existing.filter(({ topic, state }) => !topics.has(topic) && state === 'Enabled')
  const isPaused = once(async () => (live.length === 0 ? run.isMadePaused : arePaused(live, connector, settlement)))
  const noteDisabled = once(async () => {
    if (settlement.isSettled && !settlement.mayHaveDisabled) await tagSelf(connector, true)
  })
  return [
    Array.from(missing, topic => ({
      topic,
      run: async () => ({ kind: 'created', outcome: await create(connector, topic, !(await isPaused())) }),
    })),
    gone.map(mapping => ({
      topic: mapping.topic,
      async run() {
        await noteDisabled()
        return { kind: 'disabled', outcome: await disable(connector, mapping) }
      },
    })),
    // Those that were changed last come last, so that run after run gets further.
    live
      .filter(mapping => mayDiffer(mapping, settlement))
      .toSorted((first, second) => lastChange(first) - lastChange(second))
      .map(mapping => ({ topic: mapping.topic, run: () => follow(mapping, connector, isPaused) })),
  ]
}

/** Whether a mapping's tags have to be read to tell if it is as declared. */
function mayDiffer(mapping: DeployedMapping, { isSettled, mayHaveDisabled }: Settlement): boolean {
  if (!isAtRest(mapping)) return false
  return !isSettled || (mayHaveDisabled && mapping.state === 'Disabled')
}

/** Lambda refuses changes to a mapping that is still changing. */
function isAtRest({ state }: DeployedMapping): boolean {
  return state === 'Enabled' || state === 'Disabled'
}

function lastChange({ configuration: { LastModified } }: DeployedMapping): number {
  return LastModified?.getTime() ?? 0
}

/** Makes a mapping as declared, and enables one whose topic is back. */
async function follow(
  mapping: DeployedMapping,
  connector: PatternConnector,
  isPaused: () => Promise<boolean>,
): Promise<Change | undefined> {
  const tags = await connector.tags.of(mapping)
  if (mapping.state === 'Disabled' && isDisabledHere(tags)) {
    return (await isPaused()) ? undefined : { kind: 'enabled', outcome: await enable(connector, mapping) }
  }
  if (progressOf(tags, connector.blueprint) === 'done') return undefined
  return { kind: 'updated', outcome: await renew(connector, mapping) }
}

/** Whether somebody has disabled the mappings of all topics. Those that are disabled here don't count. */
async function arePaused(
  live: DeployedMapping[],
  { tags }: PatternConnector,
  settlement: Settlement,
): Promise<boolean> {
  if (live.some(({ state }) => state !== 'Disabled')) return false
  if (!settlement.mayHaveDisabled) return true
  for (const mapping of live) {
    if (!isDisabledHere(await tags.of(mapping))) return true
  }
  return false
}

/** Notes that all mappings are as declared, unless that is noted already. */
async function settle({ connector, topics, existing, settlement, done }: Run): Promise<void> {
  // A mapping that is paused while its topic is gone has not had the newest settings: its tags are read when the topic is back.
  const mayBeOurs = (mapping: DeployedMapping) =>
    !topics.has(mapping.topic) || isDisabledHere(connector.tags.known(mapping) ?? disabledTags)
  const disabled = existing.filter(({ topic, state }) => state === 'Disabled' && !done.enabled.includes(topic))
  const mayHaveDisabled = done.disabled.length > 0 || (settlement.mayHaveDisabled && disabled.some(mayBeOurs))
  if (settlement.isSettled && mayHaveDisabled === settlement.mayHaveDisabled) return
  await tagSelf(connector, mayHaveDisabled)
}

/** A function that is not deployed has no tags; then every run reads those of its mappings. */
async function tagSelf({ mappings, arn, blueprint }: PatternConnector, mayHaveDisabled: boolean): Promise<void> {
  try {
    await mappings.tag(arn, settledTags(blueprint, mayHaveDisabled))
  } catch (error) {
    if (!isMissing(error)) throw lambdaError(error, 'tag this function')
  }
}

async function wantedTopics({ pattern, isExcluded, admin, blueprint }: PatternConnector): Promise<Set<string>> {
  if (blueprint.Enabled === false) return new Set()
  const topics = await admin.partitionCounts()
  requireVisibleTopics(topics, 'no mapping was changed')
  return new Set(matchingTopics(pattern, topics.keys(), isExcluded))
}

async function asked<T>(answer: Promise<T>, action: string): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw lambdaError(error, action)
  }
}

/** Calls a function once, and gives that call's result from then on. */
function once<T>(call: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= call()
    return result
  }
}
