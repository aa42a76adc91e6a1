import * as z from 'zod'
import { offsetMapTopic, offsetSyncsTopic } from '../replication/offsets/offset-sync.ts'
import type { ReplicationSettings } from './replication.ts'
import { section } from './section.ts'
import { replicaCount, variable } from './variable.ts'

const locations = ['source', 'target'] as const

/** Where the offset topics are, shared by `replicate` and `sync-offsets` of one connector. */
export const offsetTopicsSection = section({
  title: 'Offset syncs',
  prefix: '',
  variables: {
    OFFSET_SYNCS_LOCATION: variable(z.enum(locations).default('source'), {
      description: 'Cluster of the topics that record where source records are on the target.',
      expected: `one of ${locations.join(', ')}`,
    }),
    INTERNAL_TOPIC_REPLICAS: variable(replicaCount().default(-1), {
      description: 'Replicas of the topics for offset syncs, checkpoints and heartbeats; -1: the broker’s default.',
      expected: 'a whole number from 1 to 32767, or -1',
    }),
  },
  rules: [],
  settings: values => ({ location: values.OFFSET_SYNCS_LOCATION, replicas: values.INTERNAL_TOPIC_REPLICAS }),
})

/** Names of the offset topics. As with MirrorMaker 2 they contain the alias of the other cluster, not of the one they are on. */
export function offsetTopics(
  location: (typeof locations)[number],
  { sourceAlias, targetAlias, separator }: Pick<ReplicationSettings, 'sourceAlias' | 'targetAlias' | 'separator'>,
) {
  const alias = location === 'source' ? targetAlias : sourceAlias
  return { topic: offsetSyncsTopic(alias, separator), mapTopic: offsetMapTopic(alias, separator) }
}
