import { CodedError } from '../../error.ts'
import type { CommittedPosition, GroupOffsets } from '../../kafka/admin/group-offsets.ts'
import type { GroupRemoval, RemovedGroup } from '../../kafka/admin/group-removal.ts'
import { PartitionMap } from '../../partition-map.ts'
import type { TopicPartition } from '../../record.ts'
import type { RestoredGroup } from '../report.ts'
import { committedOf, isActive } from './cluster-groups.ts'
import { commitUntil, failureOf, firstOther } from './group-commit.ts'
import type { GroupBefore, GroupHistory, HistoryEntry, PositionBefore } from './group-history.ts'

export interface GroupUndoOptions {
  target: GroupOffsets
  removal: GroupRemoval
  history: GroupHistory
  now(): number
}

/**
 * Sets groups back to where they were before a restore set them the last time, and removes positions and groups that were not
 * there. Groups with members are left alone. May be repeated: it is over when every group is back.
 *
 * @param deadline in milliseconds since the epoch; no commit begins after it
 * @throws CodedError when nothing was changed
 */
export async function undoGroups(
  { target, removal, history, now }: GroupUndoOptions,
  deadline: number,
): Promise<RestoredGroup[]> {
  const groups = newestOfEach(await history.read())
  const names = groups.map(({ group }) => group)
  const [states, committed] = await Promise.all([target.states(), committedOf(target, names)])
  const free = groups.filter(({ group }) => !isActive(states.get(group)))
  const sets = free.flatMap(({ group, positions }) => {
    const back = positions.filter(hasOffset)
    return back.length > 0 ? [{ group, positions: back }] : []
  })
  const removals = free.flatMap(group => removalOf(group, committed.get(group.group) ?? []))
  const results = await commitUntil(target, sets, deadline)
  const removed = await removal.remove(removals)
  const present = await committedOf(target, names)
  const undone = groups.map(group => {
    const positions = comparison(group, committed.get(group.group) ?? [])
    if (isActive(states.get(group.group))) return { group: group.group, ...failureOf('active'), positions }
    const failure = [results.get(group.group), removed.get(group.group)].find(isFailure)
    if (failure !== undefined) return { group: group.group, ...failureOf(failure), positions }
    const message = difference(group, present.get(group.group) ?? [])
    if (message) return { group: group.group, outcome: 'failed' as const, message, positions }
    return { group: group.group, outcome: 'undone' as const, positions }
  })
  if (groups.length > 0 && undone.every(({ outcome }) => outcome === 'undone')) {
    await history.write({ schema: 1, kind: 'undone', time: now() })
  }
  return undone
}

/**
 * What each group had before it was set the last time, since all was undone last. Not the first time: a restore that is run again
 * after weeks would take the group back by weeks.
 */
function newestOfEach(entries: HistoryEntry[]): GroupBefore[] {
  const since = entries.slice(entries.findLastIndex(({ kind }) => kind === 'undone') + 1)
  const groups = new Map<string, { existed: boolean; positions: PartitionMap<PositionBefore> }>()
  for (const entry of since.toReversed()) {
    for (const { group, existed, positions } of entry.kind === 'before' ? entry.groups : []) {
      const known = groups.get(group) ?? { existed, positions: new PartitionMap<PositionBefore>() }
      groups.set(group, known)
      for (const position of positions) known.positions.getOrCreate(position, () => position)
    }
  }
  return Array.from(groups, ([group, { existed, positions }]) => ({
    group,
    existed,
    positions: [...positions.values()],
  }))
}

/** What to remove of a group: all of it, if it was not there and has only what was set; else the positions that were not there. */
function removalOf({ group, existed, positions }: GroupBefore, committed: CommittedPosition[]): RemovedGroup[] {
  const set = new PartitionMap(positions.map(position => [position, position]))
  if (!existed && committed.every(position => set.get(position))) return [{ group, partitions: 'all' }]
  const present = new PartitionMap(committed.map(position => [position, position]))
  const partitions: TopicPartition[] = positions.filter(position => !hasOffset(position) && present.get(position))
  return partitions.length > 0 ? [{ group, partitions }] : []
}

function hasOffset(position: PositionBefore): position is PositionBefore & { offset: number } {
  return position.offset !== undefined
}

function comparison({ positions }: GroupBefore, committed: CommittedPosition[]): RestoredGroup['positions'] {
  const present = new PartitionMap(committed.map(position => [position, position.offset]))
  return positions.map(({ topic, partition, offset }) => ({
    ...{ topic, partition, before: present.get({ topic, partition }), offset },
  }))
}

/** Says which position is not as it was. */
function difference({ positions }: GroupBefore, committed: CommittedPosition[]): string | undefined {
  const present = new PartitionMap(committed.map(position => [position, position.offset]))
  const left = positions.find(position => !hasOffset(position) && present.get(position) !== undefined)
  if (left) return `${left.topic}-${left.partition} still has a position, which it had not before the restore`
  return firstOther(positions.filter(hasOffset), committed)
}

function isFailure<Result>(result: Result): result is Exclude<Result, 'set' | 'removed' | undefined> {
  return result === 'active' || result === 'left' || result instanceof CodedError
}
