import * as z from 'zod'
import { isPattern } from '../../config/variable.ts'
import { key } from './key.ts'

/**
 * Topics rarely change, and recording them asks for the settings of all of them. A topic that was changed less than an hour before
 * a disaster can be told from the one before.
 */
export const TOPICS_EVERY_MINUTES = 60

/** A restored group reads again what it has read since its position was recorded, so this is the most that comes again. */
export const GROUPS_EVERY_MINUTES = 5

/** The longest time between two recordings, a day: a recording that is older is hardly one. */
const MOST_MINUTES = 1_440

const everyMinutes = z.int().min(1).max(MOST_MINUTES)
const EVERY_EXPECTED = `a whole number of minutes from 1 to ${MOST_MINUTES}`

/** `true`, or how often. `false` and absent: topics are not recorded. */
export const recordTopicsKey = key(z.union([z.boolean(), z.strictObject({ everyMinutes })]).optional(), {
  description:
    'Whether partitions, replicas and settings of all topics are recorded beside the dump, for a restore. ' +
    '`{ everyMinutes }` says how often.',
  expected: `true, false or { everyMinutes } with ${EVERY_EXPECTED}`,
  defaultText: `not recorded; with \`true\` every ${TOPICS_EVERY_MINUTES} minutes`,
})

/** `true`, or how often and which groups. `false` and absent: groups are not recorded. */
export const recordConsumerOffsetsKey = key(
  z
    .union([
      z.boolean(),
      z.strictObject({
        everyMinutes: everyMinutes.optional(),
        groups: z.array(z.string().refine(isPattern)).min(1).optional(),
      }),
    ])
    .optional(),
  {
    description:
      'Whether positions of consumer groups are recorded beside the dump, for a restore. `{ everyMinutes, groups }` says how ' +
      'often, and which groups: regular expressions for the whole name.',
    expected: `true, false or { everyMinutes, groups } with ${EVERY_EXPECTED} and a list of regular expressions`,
    defaultText: `not recorded; with \`true\` all groups, every ${GROUPS_EVERY_MINUTES} minutes`,
  },
)

/** What a dump records of its source cluster, and how often; absent: not at all. */
export interface DeclaredRecording {
  topics?: { everyMinutes: number }
  groups?: { everyMinutes: number; patterns?: string[] }
}

interface Declared {
  recordTopics?: boolean | { everyMinutes: number }
  recordConsumerOffsets?: boolean | { everyMinutes?: number; groups?: string[] }
}

/** Undefined when nothing is recorded. */
export function declaredRecording({
  recordTopics = false,
  recordConsumerOffsets = false,
}: Declared): DeclaredRecording | undefined {
  if (recordTopics === false && recordConsumerOffsets === false) return undefined
  const topics = recordTopics === true ? { everyMinutes: TOPICS_EVERY_MINUTES } : recordTopics || undefined
  const { everyMinutes = GROUPS_EVERY_MINUTES, groups: patterns } =
    typeof recordConsumerOffsets === 'object' ? recordConsumerOffsets : {}
  return { topics, groups: recordConsumerOffsets === false ? undefined : { everyMinutes, patterns } }
}
