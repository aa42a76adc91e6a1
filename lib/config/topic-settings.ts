import { wholeName } from '../replication/naming/name-pattern.ts'
import { section } from './section.ts'
import { patterns, patternsDescription, variable } from './variable.ts'

/**
 * Topic settings that are not replicated by default. Throttled replicas, the clock that sets timestamps and the required
 * in-sync replicas depend on the cluster, not on the topic's content.
 *
 * Source: Apache Kafka, connect/mirror, `DefaultConfigPropertyFilter`, `config.properties.exclude`. Its two names that begin
 * with `log.` are left out: they are settings of brokers, so no topic has them.
 */
const ownSettings = [
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
  'message.timestamp.difference.max.ms',
  'message.timestamp.type',
  'min.insync.replicas',
  'unclean.leader.election.enable',
]

/** Which settings of topics are replicated, shared by `replicate` and `sync-topics` of one connector. */
export const topicSettingsSection = section({
  title: 'Settings of topics',
  prefix: '',
  variables: {
    TOPIC_SETTINGS_EXCLUDE: variable(patterns().default(ownSettings), {
      description:
        'Settings of topics that the target does not get from the source: regular expressions for the whole name, ' +
        'separated by commas.',
      ...patternsDescription,
    }),
  },
  rules: [],
  settings: ({ TOPIC_SETTINGS_EXCLUDE }) => ({ exclude: TOPIC_SETTINGS_EXCLUDE.map(wholeName) }),
})
