import { matchingTopics } from '../../operate/topic-pattern.ts'
import { wholeName } from '../../replication/naming/name-pattern.ts'
import { createTopicFilter } from '../../replication/naming/topic-filter.ts'
import type { Connector } from '../declaration/connector.ts'
import { failureTopics } from './environment.ts'
import { namingOf } from './naming.ts'

/** The topics that a connector's pattern selects, without its own failure topics and those that a replication excludes. */
export function topicsOf(connector: Connector, topics: Iterable<string>): string[] {
  const own = failureTopics(connector)
  const naming = connector.kind === 'replicate' ? namingOf(connector) : undefined
  const filter = naming && createTopicFilter({ ...naming, mapped: naming.mapping.keys(), own })
  const excluded = (topic: string) => own.includes(topic) || filter?.(topic) !== undefined
  return matchingTopics(wholeName(connector.source.pattern ?? ''), topics, excluded)
}
