import type { alterConfigsV2, createPartitionsV3 } from '@platformatic/kafka'
import type { CodedError } from '../../error.ts'
import { apiOf, type Client } from '../client/client.ts'
import { partialAnswer } from '../client/partial-answer.ts'
import { kafkaError } from '../error.ts'
import { TOPIC_RESOURCE } from '../protocol.ts'
import { CHANGE_TIMEOUT_MS, controllerOf } from './controller.ts'

/** Settings made on the topic itself, by the names of Kafka's topic configuration; without the broker's defaults. */
export type TopicSettings = Record<string, string>

/** The topics that were not changed, and why. What fails for one topic doesn't concern the others. */
export type TopicFailures = Map<string, CodedError>

/**
 * Partitions or settings of one request. The controller refuses requests that make more than 10,000 records of metadata.
 *
 * Source: Apache Kafka, `QuorumController.MAX_RECORDS_PER_USER_OP`.
 */
const REQUEST_CHANGES = 5_000

/** Increases the number of partitions of topics. */
export async function growTopics(client: Client, counts: ReadonlyMap<string, number>): Promise<TopicFailures> {
  type Response = createPartitionsV3.CreatePartitionsResponse
  const api = await apiOf<[object[], number, boolean], Response>(client, 'CreatePartitions')
  const failures: TopicFailures = new Map()
  for (const some of requestsOf(counts, count => count)) {
    const requests = some.map(([name, count]) => ({ name, count, assignments: null }))
    const answer = api.async(await controllerOf(client), requests, CHANGE_TIMEOUT_MS, false)
    const { response, failed } = await partialAnswer(answer)
    for (const [index, error] of failed) {
      const topic = response.results[index]?.name ?? ''
      failures.set(topic, kafkaError(error, `add partitions to the topic ${topic}`))
    }
  }
  return failures
}

/** Gives each topic exactly these settings and resets all others to the broker's defaults. */
export async function replaceSettings(
  client: Client,
  settings: ReadonlyMap<string, TopicSettings>,
  validateOnly: boolean,
): Promise<TopicFailures> {
  const api = await apiOf<[object[], boolean], alterConfigsV2.AlterConfigsResponse>(client, 'AlterConfigs')
  const failures: TopicFailures = new Map()
  for (const some of requestsOf(settings, values => Object.keys(values).length + 1)) {
    const resources = some.map(([resourceName, values]) => ({
      resourceType: TOPIC_RESOURCE,
      resourceName,
      configs: configsOf(values),
    }))
    const answer = api.async(await controllerOf(client), resources, validateOnly)
    const { response, failed } = await partialAnswer(answer)
    for (const [index, error] of failed) {
      const topic = response.responses[index]?.resourceName ?? ''
      failures.set(topic, kafkaError(error, `change the settings of the topic ${topic}`))
    }
  }
  return failures
}

export function configsOf(settings: TopicSettings) {
  return Object.entries(settings).map(([name, value]) => ({ name, value }))
}

/** The topics of each request, in order. A topic with more changes than one request may have is alone. */
function requestsOf<T>(topics: ReadonlyMap<string, T>, changesOf: (value: T) => number): [string, T][][] {
  const requests: [string, T][][] = []
  let changes = 0
  for (const entry of topics) {
    changes += changesOf(entry[1])
    const last = requests.at(-1)
    if (last && changes <= REQUEST_CHANGES) {
      last.push(entry)
    } else {
      requests.push([entry])
      changes = changesOf(entry[1])
    }
  }
  return requests
}
