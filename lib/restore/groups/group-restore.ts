import { CodedError } from '../../error.ts'
import type { GroupOffsets } from '../../kafka/admin/group-offsets.ts'
import type { GroupsSnapshot } from '../../snapshots/snapshot.ts'
import type { FoundSnapshot } from '../../snapshots/snapshots.ts'
import type { RestoreReport } from '../report.ts'
import type { GroupStrategy, GroupsRequest } from '../request.ts'
import type { RestoredGroups } from '../restoration.ts'
import type { RestoredOffsets } from '../restored-offsets.ts'
import { committedOf, isActive } from './cluster-groups.ts'
import { commitGroups } from './group-commit.ts'
import type { GroupHistory } from './group-history.ts'
import { offsetsFrom, type SearchedRecords } from './offsets-from-time.ts'
import { type PlannedGroup, plannedGroup } from './planned-group.ts'
import { idlePatterns, recordedGroups, selectedGroups } from './selected-groups.ts'
import type { RestoredTopicName, TargetFacts } from './wanted-positions.ts'

export interface GroupRestoreOptions {
  target: GroupOffsets
  /** Reads the target's records, to find those of a time. */
  records: SearchedRecords
  /** The newest snapshot of each dump that is restored, not later than the time until which it is. */
  snapshots: FoundSnapshot<GroupsSnapshot>[]
  topics: RestoredTopicName[]
  request: GroupsRequest
  /** Whether records stay in the partition of the same number. */
  samePartitions: boolean
  /** Whether a partition of the source belongs to what is restored. */
  selects: TargetFacts['selects']
  /** Reads the offset map of this restore. */
  readOffsets(): Promise<RestoredOffsets>
  history: GroupHistory
  now(): number
}

/** Sets consumer groups on the target to where they were on the source. */
export interface GroupRestore {
  /** Tells what would be set, and changes nothing. */
  plan(): Promise<RestoredGroups>
  /**
   * Sets the groups without members. Before that it writes what they had, and then it reads what the cluster has now: a group
   * that counts as set has these positions.
   *
   * @param deadline in milliseconds since the epoch; no commit begins after it
   * @throws CodedError when nothing was set: the cluster can't be asked, what the groups had can't be written, or none of the
   * topics was restored (`RESTORE_MAP_MISSING`) although only groups are asked for
   */
  set(deadline: number): Promise<RestoredGroups>
}

/** Each run may be repeated: groups that are where they should be are left as they are. */
export function createGroupRestore(options: GroupRestoreOptions): GroupRestore {
  async function plan() {
    const planned = await planGroups(options)
    return { ...planned, groups: planned.groups.map(({ result }) => result) }
  }

  async function set(deadline: number): Promise<RestoredGroups> {
    const { groups, problems } = await planGroups(options)
    const due = groups.filter(({ result }) => result.outcome === 'planned')
    if (due.length > 0) {
      const entry = { schema: 1, kind: 'before', time: options.now(), groups: due.map(({ before }) => before) } as const
      await options.history.write(entry)
    }
    const results = await commitGroups(options.target, due, deadline)
    return { groups: groups.map(({ result }) => results.get(result.group) ?? result), problems }
  }

  return { plan, set }
}

interface PlannedGroups {
  groups: PlannedGroup[]
  problems: RestoreReport['problems']
}

async function planGroups(options: GroupRestoreOptions): Promise<PlannedGroups> {
  const { target, request, snapshots } = options
  const { strategy } = request
  if (strategy === 'none') return { groups: [], problems: [] }
  const recorded = recordedGroups(snapshots)
  const facts = await factsOf(options, strategy)
  const selected = selectedGroups(recorded, request.names)
  const [states, committed] = await Promise.all([
    target.states(),
    committedOf(
      target,
      selected.map(({ group }) => group),
    ),
  ])
  const groups = selected.flatMap(group => {
    const known = {
      active: isActive(states.get(group.group)),
      exists: states.has(group.group),
      committed: committed.get(group.group),
    }
    return plannedGroup(group, strategy, facts, known) ?? []
  })
  const unrecorded = recorded.size === 0 && selected.length === 0
  return { groups, problems: [...(unrecorded ? [UNRECORDED] : []), ...problemsOf(options, recorded, facts)] }
}

async function factsOf(options: GroupRestoreOptions, strategy: GroupStrategy): Promise<TargetFacts> {
  const { target, topics, request, samePartitions, selects } = options
  const places = topics.flatMap(({ target: topic, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  )
  const [restored, bounds] = await Promise.all([options.readOffsets(), target.bounds(places)])
  const names = [...new Set(topics.map(({ target }) => target))]
  const fromTime = strategy === 'time' ? await offsetsFrom(options.records, names, request.time ?? 0) : new Map()
  const byName = new Map(topics.map(topic => [topic.topic, topic]))
  return { topics: byName, restored, samePartitions, bounds, fromTime, selects }
}

function problemsOf(
  { snapshots, request }: GroupRestoreOptions,
  recorded: ReturnType<typeof recordedGroups>,
  { topics, restored, samePartitions }: TargetFacts,
): RestoreReport['problems'] {
  const damaged = snapshots.flatMap(({ damaged }) => damaged)
  const needsMap = request.only && request.strategy !== 'time' && samePartitions
  const missing = needsMap ? [...topics.values()].filter(({ topicId }) => !restored.has(topicId)) : []
  if (missing[0] && missing.length === topics.size) {
    const { topic } = missing[0]
    throw new CodedError('RESTORE_MAP_MISSING', missingMessage(topic), { topic })
  }
  return [
    ...damaged.map(({ message }) => ({ code: 'SNAPSHOT_UNREADABLE', message })),
    ...idlePatterns(recorded, request.names).map(pattern => ({
      code: 'RESTORE_GROUPS_UNRECORDED',
      message: `${pattern} does not match any group that was recorded.`,
    })),
    ...missing.map(({ topic }) => ({ code: 'RESTORE_MAP_MISSING', message: missingMessage(topic), topic })),
  ]
}

const UNRECORDED = {
  code: 'RESTORE_GROUPS_UNRECORDED',
  message:
    'No consumer groups were recorded beside the dump, so none are set. Declare recordConsumerOffsets, or name groups and another strategy: earliest, latest or a time.',
}

function missingMessage(topic: string): string {
  return `The offset map knows no record of ${topic} that a restore with this id has produced to its target, so no group is set there. Give the id of the restore that did, or restore the records first.`
}
