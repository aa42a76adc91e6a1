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
 * another version or vendor refuses all settings of a topic because of one of them. That one is left out of all topics that
 * have it, with a warning, and the others are made.
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
    if (found.length === 0) {
      // The reason is not in the settings.
      changed.failures.set(first[0], failures.get(first[0]) as never)
      refused.delete(first[0])
    }
    for (const { name, reason, isUnknown } of found) {
      refusals.add(name, isUnknown ? undefined : first[1].wanted[name])
      const fields = { setting: name, topic: first[0], reason: reason.message }
      logger.warn('A setting of the source that the target refuses is left out', fields)
    }
    pending = differing(new Map(Array.from(refused, ([topic, pair]) => [topic, refusals.without(pair)])))
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

  without({ wanted, present }: SettingsPair): SettingsPair {
    const isLeft = ([name, value]: [string, string]) => !this.#names.has(name) && !this.#values.has(`${name}=${value}`)
    return { present, wanted: Object.fromEntries(Object.entries(wanted).filter(isLeft)) }
  }
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
