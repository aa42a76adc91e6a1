import type { describeConfigsV4 } from '@platformatic/kafka'
import { TOPIC_RESOURCE } from '../protocol.ts'
import { apiOf, type Client } from './client.ts'

/**
 * The settings of topics as the cluster tells them, the broker's own among them.
 *
 * @param names of the settings that are wanted, null for all
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
