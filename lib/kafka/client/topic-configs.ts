import type { describeConfigsV4 } from '@platformatic/kafka'
import { protocolErrorsOf } from '../error.ts'
import { TOPIC_RESOURCE } from '../protocol.ts'
import { apiOf, type Client } from './client.ts'
import { partialAnswer } from './partial-answer.ts'

/**
 * Asks for the settings of topics, including the broker's defaults.
 *
 * @param names names of the wanted settings, null for all
 */
export async function describeTopicConfigs(client: Client, topics: string[], names: string[] | null) {
  return (await ask(client, topics, names)).results
}

/** Errors of a single topic: it was deleted in the meantime, or the login may not describe it. */
const ofOneTopic = ['UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED', 'INVALID_TOPIC_EXCEPTION']

/** As {@link describeTopicConfigs}, without topics that can't be described, unless there is no other. */
export async function describeKnownTopicConfigs(client: Client, topics: string[], names: string[] | null = null) {
  const { response, failed } = await partialAnswer(ask(client, topics, names))
  for (const error of failed.values()) {
    const isOfOneTopic = protocolErrorsOf(error).some(name => ofOneTopic.includes(name))
    if (!isOfOneTopic || failed.size === topics.length) throw error
  }
  return response.results.filter((_, index) => !failed.has(index))
}

async function ask(client: Client, topics: string[], names: string[] | null) {
  type Parameters = [resources: object[], synonyms: boolean, documentation: boolean]
  const api = await apiOf<Parameters, describeConfigsV4.DescribeConfigsResponse>(client, 'DescribeConfigs')
  const resources = topics.map(resourceName => ({
    resourceType: TOPIC_RESOURCE,
    resourceName,
    configurationKeys: names,
  }))
  return await api.async(await client.anyBroker(), resources, false, false)
}
