import type { CommittedPosition, GroupOffsets, LogBounds, Position } from '../../kafka/admin/group-offsets.ts'
import { PartitionMap } from '../../partition-map.ts'
import type { Checkpoint } from './mirror-records.ts'

/** States of a group without members, whose offsets can be set. A group that doesn't exist is DEAD. */
const INACTIVE = ['EMPTY', 'DEAD']

/**
 * The translated positions to set for a group on the target: never backwards, and never past the end of a partition.
 *
 * @param bounds of the target's partitions; a position of a partition that doesn't exist is left out
 */
export function positionsToSet(
  checkpoints: Checkpoint[],
  committed: CommittedPosition[],
  bounds: Map<string, Map<number, LogBounds>>,
): Position[] {
  const present = new PartitionMap(committed.map(position => [position, position.offset]))
  return checkpoints.flatMap(({ topic, partition, targetOffset }) => {
    const end = bounds.get(topic)?.get(partition)?.end
    if (end === undefined) return []
    const offset = Math.min(targetOffset, end)
    const before = present.get({ topic, partition })
    return before === undefined || before < offset ? [{ topic, partition, offset }] : []
  })
}

/** The result of setting the groups' positions on the target. */
export interface SetOffsets {
  /** Groups with at least one position that was set. */
  groups: number
  /** Positions set. */
  positions: number
  /** Groups with members on the target, which commit their own offsets. */
  active: number
  /** Groups whose positions on the target are unknown, because DESCRIBE is not allowed there. */
  hidden: string[]
}

/**
 * Sets the translated positions of groups that are inactive on the target.
 *
 * @param byGroup the newest checkpoints of each group
 * @throws CodedError as {@link GroupOffsets}
 */
export async function setConsumerOffsets(
  byGroup: Map<string, Checkpoint[]>,
  bounds: Map<string, Map<number, LogBounds>>,
  target: GroupOffsets,
): Promise<SetOffsets> {
  const states = await target.states()
  const isActive = (group: string) => !INACTIVE.includes(states.get(group) ?? 'DEAD')
  const inactive = [...byGroup.keys()].filter(group => !isActive(group))
  const committed = await target.committed(inactive)
  const hidden = inactive.filter(group => !committed.has(group))
  const result = { groups: 0, positions: 0, active: 0, hidden }
  for (const [group, checkpoints] of byGroup) {
    const present = committed.get(group)
    const positions = present ? positionsToSet(checkpoints, present, bounds) : []
    // A member may have joined since the states were read.
    const set = positions.length > 0 && (await target.commit(group, positions))
    if (set) {
      result.groups += 1
      result.positions += positions.length
    } else if (positions.length > 0 || isActive(group)) {
      result.active += 1
    }
  }
  return result
}
