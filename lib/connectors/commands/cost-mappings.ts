import type { Mappings } from '../../cost/poller-units.ts'
import type { Connector } from '../declaration/connector.ts'
import { type CommandContext, reasonOf } from './command.ts'
import type { Deployment } from './deployment.ts'

/** The topics that a connector reads, each with a mapping of its own, or why they are not known. */
export type ReadTopics = { topics: string[] } | { problem: string }

/** The topics of a connector: the declared ones, or those of a pattern for which there are mappings. */
export async function readTopics(connector: Connector, { mappingsOf }: Deployment): Promise<ReadTopics> {
  if (connector.source.topics) return { topics: connector.source.topics }
  try {
    const found = await mappingsOf(connector)
    if (!found) return { problem: 'it is not deployed' }
    const topics = found.filter(({ state }) => state !== 'Deleting').map(({ topic }) => topic)
    return topics.length > 0 ? { topics } : { problem: 'it has no mappings yet' }
  } catch (error) {
    return { problem: reasonOf(error) }
  }
}

/** A connector's mappings, were they provisioned, and what is assumed about them. */
export interface AskedMappings {
  mappings: Mappings
  notes: string[]
}

/**
 * The mappings of a connector: one for each topic. Those of one poller group share units, so the group's other members count as well.
 *
 * @param topics how many topics are read, if it is given
 * @param read the topics that the connector reads, if they were asked for
 */
export async function askedMappings(
  connector: Connector,
  { topics, read }: { topics: number | undefined; read: ReadTopics },
  context: Pick<CommandContext, 'connectors' | 'deployment'>,
): Promise<AskedMappings> {
  const { minimumPollers = 1, pollerGroup } = connector.declaration.concurrency ?? {}
  const count = topics ?? ('topics' in read ? read.topics.length : 1)
  const assumed =
    topics === undefined && 'problem' in read
      ? [
          `Provisioned mode is reckoned with one topic of its pattern, and has a mapping for each: ${read.problem}. Give --topics.`,
        ]
      : []
  if (pollerGroup === undefined) return { mappings: { count, minimumPollers, group: null }, notes: assumed }
  const others = context.connectors.filter(
    other => other.name !== connector.name && other.declaration.concurrency?.pollerGroup === pollerGroup,
  )
  const pollers = await Promise.all(others.map(other => leastPollers(other, context.deployment)))
  const names = others.map(({ name }) => name).join(', ')
  return {
    mappings: { count, minimumPollers, group: { otherPollers: pollers.reduce((sum, one) => sum + one, 0) } },
    notes: [
      ...assumed,
      ...(others.length > 0
        ? [
            `Poller units are those of the group ${pollerGroup}, once for it and ${names}, whose pollers are reckoned at their minimum.`,
          ]
        : []),
    ],
  }
}

/** The pollers that a connector has however little there is to read; of a pattern that isn't deployed, those of one topic. */
async function leastPollers(connector: Connector, deployment: Deployment): Promise<number> {
  const read = await readTopics(connector, deployment)
  return ('topics' in read ? read.topics.length : 1) * (connector.declaration.concurrency?.minimumPollers ?? 1)
}
