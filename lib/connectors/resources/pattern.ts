import { matchingTopics } from '../../operate/topic-pattern.ts'
import { createTopicFilter } from '../../replication/naming/topic-filter.ts'
import type { Connector } from '../declaration/connector.ts'
import { topicPattern } from '../declaration/declaration.ts'
import { failureTopics } from './environment.ts'
import { namingOf } from './naming.ts'

/** The topics of a cluster that a connector's pattern means: none of its own, and none that a replication would leave out. */
export function topicsOf(connector: Connector, topics: Iterable<string>): string[] {
  const own = failureTopics(connector)
  const naming = connector.kind === 'replicate' ? namingOf(connector) : undefined
  const filter = naming && createTopicFilter({ ...naming, mapped: naming.mapping.keys(), own })
  const excluded = (topic: string) => own.includes(topic) || filter?.(topic) !== undefined
  return matchingTopics(topicPattern(connector.source.pattern ?? ''), topics, excluded)
}
