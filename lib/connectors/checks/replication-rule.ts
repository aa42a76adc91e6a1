import { obstacleTo } from '../../replication/naming/obstacle.ts'
import { createTopicFilter } from '../../replication/naming/topic-filter.ts'
import type { ReplicateConnector } from '../declaration/connector.ts'
import { namingOf } from '../resources/naming.ts'
import { type Fault, when } from './fault.ts'

/** Topics by name that the function would leave out, so that a mapping would read them for nothing. */
export function unreplicatedFaults(connector: ReplicateConnector): Fault[] {
  const naming = namingOf(connector)
  if (!naming) return []
  // Another rule is about the connector's own topics.
  const filter = createTopicFilter({ ...naming, mapped: naming.mapping.keys(), own: [] })
  return (connector.source.topics ?? []).flatMap(topic => {
    const obstacle = obstacleTo(topic, { ...naming, filter })
    const remedy = filter(topic) ? 'remove it, or name it under to.topicMapping' : 'shorten it under to.topicMapping'
    return when(obstacle, 'source.topics', `${topic} ${obstacle}; ${remedy}`)
  })
}
