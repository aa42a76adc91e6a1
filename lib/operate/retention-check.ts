import { durationText } from '../duration-text.ts'
import { asCodedError } from '../error.ts'
import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import type { TopicSettings } from '../kafka/admin/topic-changes.ts'
import type { Positions } from './positions.ts'
import { failedRisks, keptMs, OUTAGE_MS, outageRisks, retentionSettings, unreadRisks } from './retention-risk.ts'

/** What is asked about retention. */
export interface RetentionCheck {
  /** Topics that are read. */
  topics: string[]
  /** Topics for failed records. */
  deadLetters: string[]
  admin: Pick<ClusterAdmin, 'partitionCounts' | 'settingsInEffect'>
  /** How far the groups of topics have come, and how much was produced since a time in milliseconds since the epoch. */
  positions(topics: string[], since: number): Promise<Positions>
}

export interface RetentionFindings {
  /** How long records are kept, or why that isn't known; undefined when the cluster has none of the topics that are read. */
  detail: string | undefined
  /** What would be lost, by topic. */
  risks: { topic: string; warning: string }[]
}

/** The most topics that a line names. */
const MAX_NAMED = 3

/**
 * What retention and compaction delete on the source cluster, before it is read or before someone looks at it. Records that
 * are kept long enough are no reason to fail: what can't be asked is told, and nothing is thrown.
 */
export async function checkRetention({
  topics,
  deadLetters,
  admin,
  positions,
}: RetentionCheck): Promise<RetentionFindings> {
  try {
    const counts = await admin.partitionCounts()
    const read = topics.filter(topic => counts.has(topic))
    const failed = deadLetters.filter(topic => counts.has(topic))
    const settings = await admin.settingsInEffect([...new Set([...read, ...failed])], retentionSettings).catch(hidden)
    const now = Date.now()
    const [known, hiddenTopics] = divided(read, settings)
    const { found, unknown } = await askedPositions(known, now - OUTAGE_MS, positions)
    const risks = known.flatMap(topic =>
      [
        ...outageRisks(settings.get(topic) ?? {}, found[topic] ?? []),
        ...unreadRisks(settings.get(topic) ?? {}, found[topic] ?? [], now),
      ].map(warning => ({ topic, warning })),
    )
    const ofFailed = failed.flatMap(topic =>
      failedRisks(settings.get(topic) ?? {}).map(warning => ({ topic, warning })),
    )
    const notes = [keptText(known, settings), hiddenText(hiddenTopics), unknown].filter(note => note !== undefined)
    return { detail: notes.length > 0 ? notes.join('; ') : undefined, risks: [...risks, ...ofFailed] }
  } catch (thrown) {
    return { detail: `not known: ${asCodedError(thrown).message}`, risks: [] }
  }
}

/** Without permission, nothing is known of any topic. */
function hidden(thrown: unknown): Map<string, TopicSettings> {
  if (asCodedError(thrown).code !== 'KAFKA_ACCESS_DENIED') throw thrown
  return new Map()
}

function divided(topics: string[], settings: ReadonlyMap<string, TopicSettings>): [known: string[], hidden: string[]] {
  return [topics.filter(topic => settings.has(topic)), topics.filter(topic => !settings.has(topic))]
}

/** A login may be allowed to read a topic's settings, but not where a group is. */
async function askedPositions(
  topics: string[],
  since: number,
  positions: RetentionCheck['positions'],
): Promise<{ found: Positions; unknown?: string }> {
  if (topics.length === 0) return { found: {} }
  try {
    return { found: await positions(topics, since) }
  } catch (thrown) {
    return { found: {}, unknown: `how old unread records are is not known: ${asCodedError(thrown).message}` }
  }
}

function keptText(topics: string[], settings: ReadonlyMap<string, TopicSettings>): string | undefined {
  if (topics.length === 0) return undefined
  const shortest = topics.reduce((least, topic) => Math.min(least, keptMs(settings.get(topic) ?? {})), Infinity)
  return shortest === Infinity
    ? 'no record is deleted by its age'
    : `records are kept for ${durationText(shortest)} or longer`
}

function hiddenText(topics: string[]): string | undefined {
  if (topics.length === 0) return undefined
  const others = topics.length - MAX_NAMED
  const names = topics.slice(0, MAX_NAMED).join(', ') + (others > 0 ? ` and ${others} more` : '')
  return `not known for ${names}: DescribeConfigs is not allowed`
}
