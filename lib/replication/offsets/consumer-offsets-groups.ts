import type { CommittedPosition } from '../../kafka/admin/group-offsets.ts'
import type { Log } from '../../observability/logger.ts'
import { wholeName } from '../naming/name-pattern.ts'

/** Selects the groups of the source whose offsets are translated. */
export type GroupFilter = (groups: string[]) => string[]

export interface GroupPatterns {
  /** Regular expressions for the whole name, as text. */
  include: string[]
  exclude: string[]
}

/** The defaults of MirrorMaker 2. Source: Apache Kafka, connect/mirror, `DefaultGroupFilter`. */
export const defaultGroups: GroupPatterns = { include: ['.*'], exclude: ['console-consumer-.*', 'connect-.*', '__.*'] }

/** Logs once which patterns match no group, because they are probably misspelled. */
export function createGroupFilter({ include, exclude }: GroupPatterns, logger: Log): GroupFilter {
  const wanted = include.map(pattern => ({ pattern, matches: wholeName(pattern) }))
  const unwanted = exclude.map(wholeName)
  let isChecked = false
  return groups => {
    const idle = isChecked ? [] : wanted.filter(({ matches }) => !groups.some(group => matches.test(group)))
    isChecked = true
    for (const { pattern } of idle)
      logger.warn('GROUPS: a pattern does not match any group of the source yet', { pattern })
    return groups.filter(
      group => wanted.some(({ matches }) => matches.test(group)) && !unwanted.some(matches => matches.test(group)),
    )
  }
}

/** Warns of groups whose positions are unknown, because the login may not describe them. */
export function reportHidden(groups: string[], cluster: 'source' | 'target', logger: Log): void {
  if (groups.length > 0) logger.warn('Groups left out', { groups, cluster, reason: 'DESCRIBE is not allowed' })
}

/** Replaced by the topic's name in the name of a consumer group. */
const TOPIC_PLACEHOLDER = '{topic}'

/**
 * Whether a group is the one with which replication itself reads a topic. On the target it would be the group of nobody, or
 * of a connector that replicates the other way.
 *
 * @param own name of the connector's groups, in which `{topic}` stands for the topic; absent: not known
 */
export function isOwnGroup(group: string, positions: CommittedPosition[], own: string | undefined): boolean {
  return own !== undefined && positions.some(({ topic }) => own.replaceAll(TOPIC_PLACEHOLDER, topic) === group)
}
