import pMap from 'p-map'
import type { PartitionBounds } from '../../kafka/read/partition-records.ts'
import type { ShownTopic } from '../api/index.ts'
import type { AskedQuestion } from '../question.ts'
import { type OpenedTopics, readerOf, useTopics } from '../records/opened-topics.ts'
import { named } from './named.ts'

/** Topics whose partitions are asked for at the same time. */
const AT_ONCE = 16
/** Topics whose partitions are asked for at all: a pattern may match thousands, and a page asks again and again. */
const MOST_BOUNDED = 200

type Named = Pick<ShownTopic, 'topic' | 'cluster' | 'use'>

/** The topics that a connector reads and writes, those for its failed records among them. */
export const topics: AskedQuestion<'topics'> = {
  args: named,
  everyMs: 5_000,
  answer: (context, { name }) =>
    useTopics(context, name, async opened => {
      const mappings = (await context.service.deployment.mappingsOf(opened.connector)) ?? []
      const names = topicsOf(opened, mappings)
      const topics = await pMap(names.entries(), ([index, one]) => bounded(one, opened, index), {
        concurrency: AT_ONCE,
      })
      const failed = topics.flatMap(({ error }) => error ?? [])
      // A page keeps what it has seen when there is no answer.
      if (failed.length > 0 && failed.length === topics.length) throw failed[0]
      return { topics: topics.map(({ topic }) => topic) }
    }),
}

function topicsOf(
  { settings }: OpenedTopics,
  mappings: { topic: string; configuration: { DestinationConfig?: { OnFailure?: { Destination?: string } } } }[],
): Named[] {
  const { abnormalDataTopic, deadLetterTopic } = settings.failure
  const read = [...new Set([...(settings.topics ?? []), ...mappings.map(({ topic }) => topic)])].toSorted()
  const destinations = mappings.map(
    ({ configuration }) => configuration.DestinationConfig?.OnFailure?.Destination ?? '',
  )
  const ofDestinations = destinations.filter(arn => arn.startsWith(KAFKA)).map(arn => arn.slice(KAFKA.length))
  const of = (
    use: ShownTopic['use'],
    topics: Iterable<string | undefined>,
    cluster: ShownTopic['cluster'] = 'source',
  ) => [...new Set(topics)].flatMap(topic => (topic === undefined ? [] : [{ topic, cluster, use }]))
  return [
    ...of('source', read),
    ...(settings.type === 'replicate' ? of('target', read.map(remoteOf(settings)), 'target') : []),
    ...of('abnormal', [abnormalDataTopic]),
    ...of('dead-letter', deadLetterTopic === abnormalDataTopic ? [] : [deadLetterTopic]),
    ...of('on-failure', ofDestinations),
  ]
}

/** How a mapping names a topic as its on-failure destination. Source: AWS Lambda, "Retain discarded batches". */
const KAFKA = 'kafka://'

function remoteOf({ replication }: Extract<OpenedTopics['settings'], { type: 'replicate' }>) {
  return (topic: string) => replication.policy.remoteTopic(replication.sourceAlias, topic)
}

async function bounded(one: Named, opened: OpenedTopics, index: number): Promise<{ topic: ShownTopic; error?: Error }> {
  if (index >= MOST_BOUNDED)
    return {
      topic: {
        ...one,
        partitions: [],
        unknown: `There are more than ${MOST_BOUNDED} topics. Choose it to see its records.`,
      },
    }
  try {
    const bounds = await readerOf(opened, one.cluster).bounds(one.topic)
    const partitions = Array.from(bounds, ([partition, { start, end }]: [number, PartitionBounds]) => ({
      ...{ partition, start, end },
    }))
    return { topic: { ...one, partitions } }
  } catch (error) {
    return { topic: { ...one, partitions: [], unknown: (error as Error).message }, error: error as Error }
  }
}
