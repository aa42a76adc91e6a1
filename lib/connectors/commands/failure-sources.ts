import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { PartitionRecords } from '../../kafka/read/partition-records.ts'
import type { FailedSource } from '../../redrive/failed-source.ts'
import { createBucketSource } from '../../redrive/sources/bucket.ts'
import { createLogSource, type LoggedLine } from '../../redrive/sources/log.ts'
import { createQueueSource } from '../../redrive/sources/queue.ts'
import { createTopicSource } from '../../redrive/sources/topic.ts'
import { createCommitStore } from '../../s3/commit-store.ts'
import { openQueue } from '../../sqs/queue.ts'
import type { Connector } from '../declaration/connector.ts'
import { CommandError } from './command.ts'
import type { ConnectorClusters } from './connector-clusters.ts'
import type { Deployment } from './deployment.ts'
import { identityOf } from './opened-connector.ts'

/** Where else than in its own places a connector's failures are told. */
export interface FailedPlaces {
  /** A file with lines of the log, in place of CloudWatch's; `-`: the standard input. */
  log?: string
  /** ARN of a queue that is subscribed to the SNS topic that is the on-failure destination. */
  queue?: string
  /** Takes a sentence about what can't be listed. */
  report(problem: string): void
}

interface Places extends FailedPlaces {
  connector: Connector
  deployment: Deployment
  clusters: ConnectorClusters
}

/** Of the lines in CloudWatch, those of this schema. */
const FAILED_RECORDS = '{ $.schema = 1 && $.level = "ERROR" }'

/** Everything that tells of a connector's failed records: its topics, its log, and the on-failure destinations of its mappings. */
export async function openSources(places: Places, kafka: PartitionRecords): Promise<FailedSource[]> {
  const { connector, deployment, clusters, queue, report } = places
  const functionName = deployment.functionName(connector)
  const destinations = [...(await destinationsOf(places)), ...(queue === undefined ? [] : [queue])]
  const topics = new Set([...clusters.settings.deadLetters, ...destinations.flatMap(topicOf)])
  const source = { connector: connector.name, functionName, kafka, report }
  return [
    ...[...topics].map(topic => createTopicSource({ ...source, topic })),
    logSource(places),
    ...destinations.flatMap(destination => destinationSource(destination, places)),
  ]
}

/** The destinations of the mappings, as they are deployed: some ARNs only CloudFormation knows. */
async function destinationsOf({ connector, deployment }: Places): Promise<string[]> {
  const mappings = (await deployment.mappingsOf(connector)) ?? []
  const all = mappings.map(({ configuration }) => configuration.DestinationConfig?.OnFailure?.Destination ?? '')
  return [...new Set(all)].filter(destination => destination !== '')
}

function topicOf(destination: string): string[] {
  return destination.startsWith('kafka://') ? [destination.slice('kafka://'.length)] : []
}

function destinationSource(destination: string, places: Places): FailedSource[] {
  const { connector, deployment, queue, report } = places
  const { config } = deployment
  const functionName = deployment.functionName(connector)
  const [, , service, , , name = ''] = destination.split(':')
  // On a laptop only topics are destinations.
  if (topicOf(destination).length > 0 || deployment.isLocal) return []
  if (service === 'sqs') {
    const queue = openQueue(destination, config)
    return [createQueueSource({ name: `queue ${name}`, functionName, ...queue, report })]
  }
  if (service === 's3') {
    const { endpoint, region = '' } = config
    const place = { bucket: name, region, endpoint, forcePathStyle: endpoint !== undefined }
    const store = createCommitStore({ ...place, identity: identityOf(deployment) }, '')
    return [createBucketSource({ bucket: name, functionName, store, report })]
  }
  if (!queue) {
    report(`${destination} keeps nothing. If a queue is subscribed to it, name that one: --queue <its ARN>.`)
  }
  return []
}

function logSource({ connector, deployment, log }: Places): FailedSource {
  if (log !== undefined) {
    return createLogSource({ name: `file ${log}`, connector: connector.name, lines: () => linesOf(log) })
  }
  const functionName = deployment.functionName(connector)
  return createLogSource({
    name: `log of ${functionName}`,
    connector: connector.name,
    async *lines(since) {
      for await (const events of deployment.logs.matching(functionName, since, FAILED_RECORDS)) {
        for (const { message, timestamp } of events) yield { text: message, time: timestamp }
      }
    },
  })
}

async function* linesOf(file: string): AsyncGenerator<LoggedLine> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield { text }
  } catch (error) {
    throw new CommandError(`--log: ${(error as Error).message}`)
  }
}
