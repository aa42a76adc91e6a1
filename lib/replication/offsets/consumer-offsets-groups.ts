import type { Log } from '../../observability/logger.ts'
import { wholeName } from '../naming/name-pattern.ts'

/** Chooses the groups of the source that are translated. */
export type GroupFilter = (groups: string[]) => string[]

export interface GroupPatterns {
  /** Regular expressions for the whole name, as text. */
  include: string[]
  exclude: string[]
}

/** As MirrorMaker 2 has it. Source: Apache Kafka, connect/mirror, `DefaultGroupFilter`. */
export const defaultGroups: GroupPatterns = { include: ['.*'], exclude: ['console-consumer-.*', 'connect-.*', '__.*'] }

/** Says once in the log which patterns match no group: mostly they are misspelled. */
export function createGroupFilter({ include, exclude }: GroupPatterns, logger: Log): GroupFilter {
  const wanted = include.map(pattern => ({ pattern, matches: wholeName(pattern) }))
  const unwanted = exclude.map(wholeName)
  let looked = false
  return groups => {
    const idle = looked ? [] : wanted.filter(({ matches }) => !groups.some(group => matches.test(group)))
    looked = true
    for (const { pattern } of idle) logger.warn('GROUPS: a pattern matches no group of the source so far', { pattern })
    return groups.filter(
      group => wanted.some(({ matches }) => matches.test(group)) && !unwanted.some(matches => matches.test(group)),
    )
  }
}
