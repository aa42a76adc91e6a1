import { type DeployedMapping, type EventSourceMappings, isBusy } from '../lambda/event-source-mappings.ts'
import { disabledTags, formerTags, madeTags, progressOf } from '../lambda/mapping-tag.ts'
import { type MappingBlueprint, type MappingUpdate, mappingUpdates } from '../lambda/mapping-update.ts'
import type { MappingTags } from './mapping-tags.ts'
import type { Outcome } from './reconcile-step.ts'

/** What mappings are made of, and who changes them. */
export interface MappingMaker {
  mappings: EventSourceMappings
  tags: MappingTags
  functionName: string
  blueprint: MappingBlueprint
  groupOf(topic: string): string
}

/** Creates the mapping of a topic. */
export async function create(maker: MappingMaker, topic: string, Enabled: boolean): Promise<Outcome> {
  const { mappings, functionName, blueprint } = maker
  const made = { ...blueprintOf(maker, topic), Enabled, Tags: madeTags(blueprint) }
  return (await mappings.create(functionName, topic, made)) ? 'done' : 'busy'
}

export async function disable({ mappings, tags }: MappingMaker, mapping: DeployedMapping): Promise<Outcome> {
  // The tag first: without it a disabled mapping would look paused. With it, one that stays enabled would never be paused.
  await tags.add(mapping, disabledTags)
  const untag = () => tags.remove(mapping, Object.keys(disabledTags))
  const outcome = await tryUpdate(mappings, mapping, { Enabled: false }).catch(async error => {
    await untag()
    throw error
  })
  if (outcome === 'busy') await untag()
  return outcome
}

/** Enables a mapping that was disabled here, with the declared settings. */
export async function enable(maker: MappingMaker, mapping: DeployedMapping): Promise<Outcome> {
  const { mappings, blueprint, tags } = maker
  const update = { Enabled: true }
  const isLatest = progressOf(await tags.of(mapping), blueprint) === 'done'
  const outcome = await (isLatest ? tryUpdate(mappings, mapping, update) : renew(maker, mapping, update))
  if (outcome !== 'busy') await tags.remove(mapping, Object.keys(disabledTags))
  return outcome
}

/** Gives a mapping the declared settings, or the first of two updates, and tags it once Lambda has accepted the update. */
export async function renew(maker: MappingMaker, mapping: DeployedMapping, more: MappingUpdate = {}): Promise<Outcome> {
  const { mappings, blueprint, tags } = maker
  const [first, second] = mappingUpdates(blueprintOf(maker, mapping.topic), mapping.configuration)
  const current = await tags.of(mapping)
  const isBegun = progressOf(current, blueprint) !== 'begun' && second !== undefined
  const update = { ...(isBegun ? first : (second ?? first)), ...more }
  if ((await tryUpdate(mappings, mapping, update)) === 'busy') return 'busy'
  const former = formerTags(current, blueprint)
  if (former.length > 0) await tags.remove(mapping, former)
  await tags.add(mapping, madeTags(blueprint, { isBegun }))
  return isBegun ? 'partly' : 'done'
}

async function tryUpdate(
  mappings: EventSourceMappings,
  { uuid }: DeployedMapping,
  update: MappingUpdate,
): Promise<Outcome> {
  try {
    await mappings.update(uuid, update)
    return 'done'
  } catch (error) {
    if (isBusy(error)) return 'busy'
    throw error
  }
}

/** The blueprint with the consumer group of one topic. */
function blueprintOf({ blueprint, groupOf }: MappingMaker, topic: string): MappingBlueprint {
  const group = { ConsumerGroupId: groupOf(topic) }
  const { AmazonManagedKafkaEventSourceConfig: managed, SelfManagedKafkaEventSourceConfig: selfManaged } = blueprint
  return {
    ...blueprint,
    ...(managed && { AmazonManagedKafkaEventSourceConfig: { ...managed, ...group } }),
    ...(selfManaged && { SelfManagedKafkaEventSourceConfig: { ...selfManaged, ...group } }),
  }
}
