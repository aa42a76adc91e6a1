import type { describeConfigsV4 } from '@platformatic/kafka'
import { TOPIC_RESOURCE } from '../protocol.ts'
import { apiOf, type Client } from './client.ts'

/**
 * Asks for the settings of topics, including the broker's defaults.
 *
 * @param names names of the wanted settings, null for all
 */
export async function describeTopicConfigs(client: Client, topics: string[], names: string[] | null) {
  type Parameters = [resources: object[], synonyms: boolean, documentation: boolean]
  const api = await apiOf<Parameters, describeConfigsV4.DescribeConfigsResponse>(client, 'DescribeConfigs')
  const resources = topics.map(resourceName => ({
    resourceType: TOPIC_RESOURCE,
    resourceName,
    configurationKeys: names,
  }))
  const { results } = await api.async(await client.anyBroker(), resources, false, false)
  return results
}
