import { CodedError } from '../../error.ts'
import type { GroupOffsets } from '../../kafka/admin/group-offsets.ts'
import type { GroupRemoval } from '../../kafka/admin/group-removal.ts'
import type { PartitionerName } from '../../kafka/produce/partitioner.ts'
import type { TopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import type { TopicPartition } from '../../record.ts'
import type { GroupsSnapshot } from '../../snapshots/snapshot.ts'
import type { FoundSnapshot } from '../../snapshots/snapshots.ts'
import type { RestoreRequest } from '../request.ts'
import type { GroupsRestoration, RestoredPlaces } from '../restoration.ts'
import { readRestoredOffsets } from '../restored-offsets.ts'
import type { GroupHistory } from './group-history.ts'
import { createGroupRestore } from './group-restore.ts'
import { undoGroups } from './group-undo.ts'
import type { SearchedRecords } from './offsets-from-time.ts'
import type { RestoredTopicName } from './wanted-positions.ts'

export interface GroupsRestorationOptions {
  target: GroupOffsets
  /** Reads the target's records, to find those of a time. */
  records: SearchedRecords
  removal: GroupRemoval
  log: Pick<TopicLog, 'read'>
  /** The topic of offset maps that this restore writes. */
  mapTopic: string
  /**
   * The newest snapshot of each dump that is restored.
   *
   * @param until none that is later, in milliseconds since the epoch; undefined: the newest of all
   */
  snapshots(until: number | undefined): Promise<FoundSnapshot<GroupsSnapshot>[]>
  history: GroupHistory
  logger: Log
  now(): number
}

/** The longest that setting groups may take, in milliseconds: enough for thousands of them, and a coordinator that restarts. */
const GROUPS_MS = 300_000

/** The groups of one restore. */
export function createGroupsRestoration(options: GroupsRestorationOptions): GroupsRestoration {
  const { target, records, removal, log, mapTopic, history, logger, now } = options
  const within = (deadline: number) => Math.min(deadline, Date.now() + GROUPS_MS)

  async function restore(request: RestoreRequest, { topics, partitioner, dryRun, deadline }: RestoredPlaces) {
    requireTranslatable(request, partitioner)
    const names = topics.map(
      ({ topic, target, topicId = '', partitions }): RestoredTopicName => ({ topic, target, topicId, partitions }),
    )
    const topicIds = new Set(names.map(({ topicId }) => topicId))
    const groups = createGroupRestore({
      ...{ target, records, history, now },
      snapshots: await options.snapshots(request.selection.until),
      topics: names,
      request: request.groups,
      samePartitions: partitioner === 'same',
      selects: selects(request),
      readOffsets: () => readRestoredOffsets({ log, mapTopic, topicIds, logger }),
    })
    return dryRun ? await groups.plan() : await groups.set(within(deadline))
  }

  return {
    restore,
    async undo(deadline) {
      return { groups: await undoGroups({ target, removal, history, now }, within(deadline)), problems: [] }
    },
  }
}

/**
 * Only records that stay in their partition can be told from their offset maps, so only then positions can be translated.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function requireTranslatable({ groups }: Pick<RestoreRequest, 'groups'>, partitioner: PartitionerName): void {
  if (groups.strategy !== 'recorded' || partitioner === 'same') return
  const message = `groups: expected earliest, latest, a time or none, as the partitioner ${partitioner} puts records into other partitions, so that no recorded position says where a group continues`
  throw new CodedError('CONFIG_INVALID', message)
}

/** Whether a request restores records of a partition at all. */
function selects({ selection: { partitions, offsets } }: RestoreRequest) {
  return ({ topic, partition }: TopicPartition) =>
    (partitions?.includes(partition) ?? true) && (!offsets || offsets[topic]?.[partition] !== undefined)
}
