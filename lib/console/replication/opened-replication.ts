import { offsetTopics } from '../../config/offset-topics.ts'
import { readSections } from '../../config/section.ts'
import { syncOffsetsSections } from '../../config/sync-offsets.ts'
import { CommandError } from '../../connectors/commands/command.ts'
import { connectorClusters } from '../../connectors/commands/connector-clusters.ts'
import type { Deployment } from '../../connectors/commands/deployment.ts'
import type { Connector } from '../../connectors/declaration/connector.ts'
import { syncOffsetsKeys } from '../../connectors/declaration/section-keys.ts'
import { environmentOf } from '../../connectors/declaration/variable-key.ts'
import { createAdmin } from '../../kafka/admin/admin.ts'
import { createGroupOffsets } from '../../kafka/admin/group-offsets.ts'
import { createPartitionRecords } from '../../kafka/read/partition-records.ts'
import { createTopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import { wholeName } from '../../replication/naming/name-pattern.ts'
import { createOffsetMaps, type OffsetMaps } from '../../replication/offsets/offset-map-reader.ts'
import { LastKnown } from './last-known.ts'
import type { Checkpoints, Signs, SourceState, TargetState } from './state.ts'

/** Names the console in the clusters' logs and quotas. */
const CLIENT_ID = 'kafka-functions-console'

/** The page shows what can't be read. What is skipped, the function `sync-offsets` warns of. */
const silent: Log = { info() {}, warn() {}, error() {} }

/** Both clusters of a replication, and what they said last. */
export type OpenedReplication = Awaited<ReturnType<typeof openReplication>>

/**
 * Opens clients of both clusters of a connector.
 *
 * @throws CommandError when the connector has no target cluster, or is not deployed; CodedError `CONFIG_INVALID`, `SECRET_UNREADABLE`
 */
export async function openReplication(connector: Connector, deployment: Deployment) {
  if (connector.kind !== 'replicate')
    throw new CommandError(`${connector.name} writes objects, so there is no other cluster to compare with.`)
  const { settings, source, environment } = await connectorClusters(connector, deployment)
  if (settings.type !== 'replicate')
    throw new CommandError(`${connector.name} is declared as a replication, but deployed as a dump. Deploy it again.`)
  const { syncOffsets } = connector.declaration
  const declared = { ...environment, ...environmentOf(syncOffsetsKeys, syncOffsets ?? {}) } as typeof environment
  const { groups } = readSections({ groups: syncOffsetsSections.groups }, declared)
  const [included, excluded] = [groups.patterns.include, groups.patterns.exclude].map(all => all.map(wholeName))
  const onSource = { admin: createAdmin(source, CLIENT_ID), offsets: createGroupOffsets(source, CLIENT_ID) }
  const onTarget = {
    offsets: createGroupOffsets(settings.target, CLIENT_ID),
    records: createPartitionRecords(settings.target, CLIENT_ID),
    log: createTopicLog(settings.target, CLIENT_ID),
  }
  const { topic: syncsTopic, mapTopic } = offsetTopics(settings.offsets.location, settings.replication)
  const mapLog = createTopicLog(settings.offsets.location === 'source' ? source : settings.target, CLIENT_ID)
  return {
    ...{ settings, onSource, onTarget },
    maps: createOffsetMaps({ ...{ log: mapLog, syncsTopic, mapTopic }, logger: silent }),
    ...{ ownGroup: groups.ownGroup, syncOffsets: syncOffsets && { setsPositions: groups.syncConsumerOffsets } },
    isWanted: (group: string) =>
      included?.some(pattern => pattern.test(group)) && !excluded?.some(pattern => pattern.test(group)),
    known: {
      source: new LastKnown<SourceState>(),
      target: new LastKnown<TargetState>(),
      checkpoints: new LastKnown<Checkpoints>(),
      signs: new LastKnown<Signs>(),
      maps: new LastKnown<OffsetMaps>(),
    },
    async close() {
      const { offsets, records, log } = onTarget
      await Promise.all([onSource.offsets, offsets, records, log, mapLog].map(client => client.close()))
    },
  }
}
