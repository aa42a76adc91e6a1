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
