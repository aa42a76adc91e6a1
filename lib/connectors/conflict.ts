import type { Connector } from './connector.ts'
import { cycles } from './cycle.ts'
import type { Fault } from './fault.ts'
import { functionKeys } from './function.ts'
import { consumerGroup } from './mapping.ts'

/** Source: AWS Lambda API, `ProvisionedPollerConfig`. */
const MOST_POLLERS_OF_A_GROUP = 2000
const MOST_MAPPINGS_OF_A_GROUP = 100

/** What connectors of one service may not do to each other. */
export function conflicts(connectors: Connector[], service: string): Fault[] {
  return [
    ...nameConflicts(connectors),
    ...groupConflicts(connectors, service),
    ...pollerConflicts(connectors),
    ...cycles(connectors),
  ]
}

function nameConflicts(connectors: Connector[]): Fault[] {
  const owners = Map.groupBy(
    connectors.flatMap(connector => functionKeys(connector).map(key => ({ key, declared: connector.declared }))),
    ({ key }) => key,
  )
  return Array.from(owners).flatMap(([key, [first, second]]) =>
    first && second
      ? [{ path: [second.declared], message: `its function ${key} has the same name as one of ${first.declared}` }]
      : [],
  )
}

/** Two mappings in one group would share the records of the topic between them. */
function groupConflicts(connectors: Connector[], service: string): Fault[] {
  const readers = Map.groupBy(
    connectors.flatMap(connector =>
      (connector.source.topics ?? []).map(topic => {
        const group = consumerGroup(connector, topic, service)
        return { place: JSON.stringify([clusterName(connector), topic, group]), connector, topic, group }
      }),
    ),
    ({ place }) => place,
  )
  return Array.from(readers.values()).flatMap(([first, second]) =>
    first && second && first.connector !== second.connector
      ? [
          {
            path: [second.connector.declared, 'source', 'topics'],
            message: `${second.topic} is read in the group ${second.group} by ${first.connector.name}, too: each would get a part of the records`,
          },
        ]
      : [],
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
      ...(pollers > MOST_POLLERS_OF_A_GROUP
        ? fault('maximumPollers', `${pollers} pollers over its topics`, MOST_POLLERS_OF_A_GROUP)
        : []),
      ...(mappings.length > MOST_MAPPINGS_OF_A_GROUP
        ? fault('pollerGroup', `${mappings.length} mappings`, MOST_MAPPINGS_OF_A_GROUP)
        : []),
    ]
  })
}

function clusterName({ source }: Connector): unknown {
  return source.msk ?? source.bootstrapServers?.toSorted()
}
