import * as z from 'zod'
import type { KafkaSettings } from '../kafka/client/settings.ts'
import { defaultGroups } from '../replication/offsets/consumer-offsets-groups.ts'
import { logSection } from './failure.ts'
import { offsetTopicsSection } from './offset-topics.ts'
import { clusterFaults, clusterSections, sameBrokers } from './replicate.ts'
import { type Environment, readSections, section } from './section.ts'
import { flag, patterns, patternsDescription, variable } from './variable.ts'

const groupsSection = section({
  title: 'Consumer groups',
  prefix: '',
  variables: {
    GROUPS: variable(patterns().default(defaultGroups.include), {
      description: 'Groups whose offsets are translated: regular expressions for the whole name, separated by commas.',
      ...patternsDescription,
    }),
    GROUPS_EXCLUDE: variable(patterns().default(defaultGroups.exclude), {
      description: 'Groups to leave out: regular expressions for the whole name, separated by commas.',
      ...patternsDescription,
    }),
    CONSUMER_GROUP: variable(z.string().optional(), {
      description:
        'Consumer group of the triggers of `replicate`, which is left out; {topic} is replaced by the topic’s name.',
      expected: 'a consumer group',
    }),
    SYNC_CONSUMER_OFFSETS: variable(flag().default(false), {
      description: 'Sets the translated offsets on the target for groups without members there.',
      expected: 'true or false',
    }),
  },
  rules: [],
  settings: ({ GROUPS, GROUPS_EXCLUDE, CONSUMER_GROUP, SYNC_CONSUMER_OFFSETS }) => ({
    patterns: { include: GROUPS, exclude: GROUPS_EXCLUDE },
    ownGroup: CONSUMER_GROUP,
    syncConsumerOffsets: SYNC_CONSUMER_OFFSETS,
  }),
})

/** All environment variables of the function `sync-offsets`. */
export const syncOffsetsSections = {
  ...clusterSections,
  offsets: offsetTopicsSection,
  groups: groupsSection,
  log: logSection,
}

/**
 * The settings of the function `sync-offsets`.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readSyncOffsetsSettings(environment: Environment) {
  const faults = [...clusterFaults(environment, 'the source cluster'), ...sameBrokers(environment)]
  const { source, target, ...settings } = readSections(syncOffsetsSections, environment, faults)
  return { ...settings, source: source as KafkaSettings, target: target as KafkaSettings }
}
