import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import type { TopicFailures, TopicSettings } from '../kafka/admin/topic-changes.ts'
import type { Log } from '../observability/logger.ts'
import { acceptedSettings, type RefusedSetting, refusesSettings } from './accepted-settings.ts'

type ChangedCluster = Pick<ClusterAdmin, 'replaceTopicSettings' | 'validateTopicSettings' | 'settingNames'>

/** The settings that a topic of the target should have, and those that it has. */
export interface SettingsPair {
  wanted: TopicSettings
  present: TopicSettings
}

/** The result of changing the settings of topics. */
export interface ChangedSettings {
  updated: number
  /** Topics that could not be changed, and why. */
  failures: TopicFailures
}

/**
 * Gives topics of the target the settings that they should have, all of them in one request where possible. A cluster of
 * another version or vendor refuses all settings of a topic because of one of them. The others are made, with a warning. A
 * setting that the target doesn't know is left out of all topics. Where it only refuses the value, the topic keeps its own.
 *
 * @throws CodedError when the target doesn't answer
 */
export async function changeSettings(
  target: ChangedCluster,
  topics: ReadonlyMap<string, SettingsPair>,
  logger: Log,
): Promise<ChangedSettings> {
  const [refusals, changed] = [new Refusals(), { updated: 0, failures: new Map() as TopicFailures }]
  let pending = differing(topics)
  while (pending.size > 0) {
    const wanted = new Map(Array.from(pending, ([topic, pair]) => [topic, pair.wanted]))
    const failures = await target.replaceTopicSettings(wanted)
    for (const topic of pending.keys()) {
      if (!failures.has(topic)) logger.info('Target topic’s settings updated', { topic })
    }
    changed.updated += pending.size - failures.size
    const refused = new Map([...pending].filter(([topic]) => refusesSettings(failures.get(topic))))
    for (const [topic, error] of failures) if (!refused.has(topic)) changed.failures.set(topic, error)
    const [first] = refused
    if (!first) break
    const found = await refusedOf(target, ...first)
    for (const { name, reason, isUnknown } of found) {
      refusals.add(name, isUnknown ? undefined : first[1].wanted[name])
      const fields = { setting: name, topic: first[0], reason: reason.message }
      logger.warn('A setting of the source that the target refuses is not replicated', fields)
    }
    const own = new Set(found.map(({ name }) => name))
    if (own.size === 0 || hasRefused(first[1], own)) {
      // The reason is not in the settings, or in one that the topic has already: a request replaces them all.
      changed.failures.set(first[0], failures.get(first[0]) as never)
      refused.delete(first[0])
    }
    const next = ([topic, pair]: [string, SettingsPair]) =>
      [topic, topic === first[0] ? keeping(pair, own) : refusals.without(pair)] as const
    pending = differing(new Map(Array.from(refused, next)))
  }
  return changed
}

/** Settings that a cluster refuses: those that it doesn't know, and others only with a certain value. */
class Refusals {
  readonly #names = new Set<string>()
  readonly #values = new Set<string>()

  /** @param value undefined when the setting is refused whatever its value is */
  add(name: string, value: string | undefined): void {
    if (value === undefined) this.#names.add(name)
    else this.#values.add(`${name}=${value}`)
  }

  /**
   * The settings to try next for a topic whose settings were refused. Values that were refused for another topic may be right
   * for this one: a policy can depend on the topic. If it has one of them, the next answer tells, because nothing else changes.
   * If it has several, they have to be found out for itself.
   */
  without(pair: SettingsPair): SettingsPair {
    const { wanted, present } = pair
    const names = Object.keys(wanted)
    const unknown = names.filter(name => this.#names.has(name))
    if (unknown.length > 0) return keeping(pair, new Set(unknown))
    const suspects = names.filter(name => this.#values.has(`${name}=${wanted[name]}`) && wanted[name] !== present[name])
    return suspects.length === 1 ? keeping(pair, new Set(suspects)) : pair
  }
}

/** Replaces what a topic should have by what it has, for some settings. */
function keeping({ wanted, present }: SettingsPair, names: ReadonlySet<string>): SettingsPair {
  const kept = Object.entries(wanted).flatMap(([name, value]) => {
    const own = names.has(name) ? present[name] : value
    return own === undefined ? [] : [[name, own]]
  })
  return { present, wanted: Object.fromEntries(kept) }
}

/** Whether the topic has one of the refused settings with the refused value. */
function hasRefused({ wanted, present }: SettingsPair, refused: ReadonlySet<string>): boolean {
  return [...refused].some(name => wanted[name] === present[name])
}

/** The settings that the target refuses for a topic; none when they are not the reason for its refusal. */
async function refusedOf(
  target: ChangedCluster,
  topic: string,
  { wanted }: SettingsPair,
): Promise<(RefusedSetting & { isUnknown: boolean })[]> {
  const check = (settings: TopicSettings) => target.validateTopicSettings(topic, settings)
  const { refused } = await acceptedSettings(wanted, check).catch(error => {
    if (!refusesSettings(error)) throw error
    return { refused: [] }
  })
  if (refused.length === 0) return []
  const names = await target.settingNames(topic)
  return refused.map(setting => ({ ...setting, isUnknown: !names.has(setting.name) }))
}

function differing(topics: ReadonlyMap<string, SettingsPair>): Map<string, SettingsPair> {
  return new Map([...topics].filter(([, { wanted, present }]) => !isSame(wanted, present)))
}

function isSame(one: TopicSettings, other: TopicSettings): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every(name => one[name] === other[name])
}
