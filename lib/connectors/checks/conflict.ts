import { logicalName } from '../../cloudformation/logical-id.ts'
import { isSameCluster } from '../declaration/cluster.ts'
import type { Connector } from '../declaration/connector.ts'
import { functionKeys } from '../resources/function.ts'
import { consumerGroup } from '../resources/mapping.ts'
import { topicsOf } from '../resources/pattern.ts'
import { collisions } from './collision.ts'
import { cycles } from './cycle.ts'
import { duplicates } from './duplicate.ts'
import type { Fault } from './fault.ts'

/** Source: AWS Lambda API, `ProvisionedPollerConfig`. */
const MAX_POLLERS_OF_A_GROUP = 2000
const MAX_MAPPINGS_OF_A_GROUP = 100

/** Conflicts between connectors of one service. */
export function conflicts(connectors: Connector[], service: string): Fault[] {
  return [
    ...nameConflicts(connectors),
    ...groupConflicts(connectors, service),
    ...pollerConflicts(connectors),
    ...collisions(connectors),
    ...cycles(connectors),
    ...duplicates(connectors),
  ]
}

function nameConflicts(connectors: Connector[]): Fault[] {
  const owners = Map.groupBy(
    connectors.flatMap(connector => functionKeys(connector).map(key => ({ key, declared: connector.declared }))),
    ({ key }) => logicalName(key),
  )
  return Array.from(owners.values()).flatMap(([first, second]) =>
    first && second
      ? [
          {
            path: [second.declared],
            message: `its function ${second.key} has the same name as a function of ${first.declared}`,
          },
        ]
      : [],
  )
}

/**
 * Mappings with the same group. Those of one topic would each get a part of its records; and AWS requires a different group
 * for each mapping, whatever it reads.
 * Source: AWS Lambda API, `AmazonManagedKafkaEventSourceConfig`: "must be unique among all your Kafka event sources".
 */
function groupConflicts(connectors: Connector[], service: string): Fault[] {
  const readers = connectors.flatMap(connector =>
    readTopics(connector, connectors).map(topic => ({
      connector,
      topic,
      group: consumerGroup(connector, topic, service),
    })),
  )
  return Array.from(Map.groupBy(readers, ({ group }) => group).values()).flatMap(([first, ...others]) =>
    others.flatMap(({ connector, topic, group }) => {
      // Another rule covers the two directions of one connector.
      if (!first || connector.declared === first.connector.declared) return []
      const isShared = topic === first.topic && isSameCluster(connector.source, first.connector.source)
      const message = isShared
        ? `${topic} is also read in the group ${group} by ${first.connector.name}: each would get part of the records; expected another group for one of them`
        : `${topic} would be read in the group ${group}, as ${first.topic} is by ${first.connector.name}: AWS requires a different group for each mapping; expected another one here`
      return [{ path: [connector.declared, 'source', 'consumerGroup'], message }]
    }),
  )
}

/** The topics of a connector. For a pattern, those that other connectors read from the same cluster: the rest is unknown here. */
function readTopics(connector: Connector, connectors: Connector[]): string[] {
  if (connector.source.topics) return connector.source.topics
  const others = connectors.filter(({ source }) => isSameCluster(source, connector.source))
  return topicsOf(
    connector,
    others.flatMap(({ source }) => source.topics ?? []),
  )
}

function pollerConflicts(connectors: Connector[]): Fault[] {
  const groups = Map.groupBy(
    connectors.filter(({ declaration }) => declaration.concurrency?.pollerGroup !== undefined),
    ({ declaration }) => declaration.concurrency?.pollerGroup,
  )
  return Array.from(groups).flatMap(([group, members]) => {
    const mappings = members.flatMap(({ declaration, source }) =>
      Array.from({ length: source.topics?.length ?? 1 }, () => declaration.concurrency?.maximumPollers ?? 0),
    )
    const pollers = mappings.reduce((sum, maximum) => sum + maximum, 0)
    const first = members.slice(0, 1)
    const fault = (key: string, count: string, most: number) =>
      first.map(({ declared }) => ({
        path: [declared, 'concurrency', key],
        message: `the poller group ${group} would have ${count}; AWS allows ${most}`,
      }))
    return [
      ...(pollers > MAX_POLLERS_OF_A_GROUP
        ? fault('maximumPollers', `${pollers} pollers over its topics`, MAX_POLLERS_OF_A_GROUP)
        : []),
      ...(mappings.length > MAX_MAPPINGS_OF_A_GROUP
        ? fault('pollerGroup', `${mappings.length} mappings`, MAX_MAPPINGS_OF_A_GROUP)
        : []),
    ]
  })
}
