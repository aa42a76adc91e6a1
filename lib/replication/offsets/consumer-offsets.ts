import { CodedError } from '../../error.ts'
import type {
  CommitResult,
  CommittedPosition,
  GroupOffsets,
  GroupPositions,
  LogBounds,
  Position,
} from '../../kafka/admin/group-offsets.ts'
import type { Log } from '../../observability/logger.ts'
import { PartitionMap } from '../../partition-map.ts'
import { reportHidden } from './consumer-offsets-groups.ts'
import type { Checkpoint } from './mirror-records.ts'

/** States of a group without members, whose offsets can be set. A group that doesn't exist is DEAD. */
const INACTIVE = ['EMPTY', 'DEAD']

/**
 * A position from which a consumer on the target can continue. Retention may have deleted the records at a translated
 * position, or an election may have lost them. A consumer whose position is outside of the log goes to where
 * `auto.offset.reset` says: with `latest`, Kafka's default, it would miss all that is there (KAFKA-12468).
 */
export function withinLog(offset: number, { start, end }: LogBounds): number {
  return Math.max(start, Math.min(offset, end))
}

/** The translated positions to set for a group on the target: never backwards. */
export function positionsToSet(checkpoints: Checkpoint[], committed: CommittedPosition[]): Position[] {
  const present = new PartitionMap(committed.map(position => [position, position.offset]))
  return checkpoints.flatMap(({ topic, partition, targetOffset: offset }) => {
    const before = present.get({ topic, partition })
    return before === undefined || before < offset ? [{ topic, partition, offset }] : []
  })
}

/** The result of setting the groups' positions on the target. */
export interface SetOffsets {
  /** Groups with at least one position that was set, and these positions. */
  groupsSet: number
  positionsSet: number
  /** Groups with members on the target, which commit their own offsets. */
  activeGroups: number
  /** Groups whose positions could not be set, such as one that the login may not commit for. */
  groupsFailed: number
  /** Groups for which there was no time. The next pass begins with them. */
  groupsLeft: number
}

export const nothingSet: SetOffsets = { groupsSet: 0, positionsSet: 0, activeGroups: 0, groupsFailed: 0, groupsLeft: 0 }

/**
 * Sets the translated positions of groups that are inactive on the target. A group for which that fails is left out with a
 * warning, as MirrorMaker 2 does (Apache Kafka, connect/mirror, `MirrorCheckpointTask.syncGroupOffset`).
 *
 * @param byGroup the newest checkpoints of each group, within the log
 * @param deadline in milliseconds since the epoch; no commit begins after it
 * @throws CodedError as {@link GroupOffsets}, or that of a group when no group could be set
 */
export type SetConsumerOffsets = (byGroup: Map<string, Checkpoint[]>, deadline: number) => Promise<SetOffsets>

/**
 * Each call begins behind the group that the last one has served, so that every group has its turn even when there is never
 * time for all of them.
 */
export function createConsumerOffsets(target: GroupOffsets, logger: Log): SetConsumerOffsets {
  let lastServed: string | undefined

  return async (byGroup, deadline) => {
    const states = await target.states()
    const inactive = [...byGroup.keys()].filter(group => INACTIVE.includes(states.get(group) ?? 'DEAD'))
    const committed = await target.committed(inactive)
    reportHidden(
      inactive.filter(group => !committed.has(group)),
      'target',
      logger,
    )
    const due = inactive.flatMap(group => {
      const present = committed.get(group)
      const positions = present ? positionsToSet(byGroup.get(group) ?? [], present) : []
      return positions.length > 0 ? [{ group, positions }] : []
    })
    const turns = inTurn(due, lastServed)
    const results = await target.commit(turns, deadline)
    lastServed = turns.findLast(({ group }) => results.get(group) !== 'left')?.group ?? lastServed
    reportFailures(results, logger)
    const set = summaryOf(turns, results)
    return { ...set, activeGroups: set.activeGroups + byGroup.size - inactive.length }
  }
}

/**
 * The groups by name, beginning behind the last one that was served. An instance that has served none begins at a place that
 * depends on the minute: the golden ratio spreads the places evenly, so that instances which always start cold serve all
 * groups, too.
 */
export function inTurn(groups: GroupPositions[], lastServed: string | undefined, now = Date.now()): GroupPositions[] {
  const sorted = groups.toSorted((one, other) => (one.group < other.group ? -1 : 1))
  const share = (Math.floor(now / MINUTE_MS) * GOLDEN_RATIO) % 1
  const behind = sorted.findIndex(({ group }) => lastServed !== undefined && group > lastServed)
  const first = lastServed === undefined ? Math.floor(share * sorted.length) : Math.max(behind, 0)
  return [...sorted.slice(first), ...sorted.slice(0, first)]
}

const MINUTE_MS = 60_000
const GOLDEN_RATIO = 0.618033988749895

/** Names of groups in a warning. All of them could exceed what a line of the log may have. */
const NAMED_GROUPS = 20

/** @throws CodedError when the cluster can't be reached, so that the pass is repeated */
function reportFailures(results: Map<string, CommitResult>, logger: Log): void {
  const failures = [...results].flatMap(([group, error]) => (error instanceof CodedError ? [{ group, error }] : []))
  const isAnySet = results.values().some(result => result === 'set')
  const unreachable = failures.find(({ error }) => error.retryable)
  if (unreachable && !isAnySet) throw unreachable.error
  for (const [errorCode, failed] of Map.groupBy(failures, ({ error }) => error.code)) {
    const named = failed.slice(0, NAMED_GROUPS).map(({ group }) => group)
    const errorMessage = failed[0]?.error.message
    logger.warn('Positions of groups not set', { number: failed.length, groups: named, errorCode, errorMessage })
  }
}

function summaryOf(turns: GroupPositions[], results: Map<string, CommitResult>): SetOffsets {
  const having = (wanted: CommitResult) => turns.filter(({ group }) => results.get(group) === wanted)
  const set = having('set')
  const [activeGroups, groupsLeft] = [having('active').length, having('left').length]
  return {
    groupsSet: set.length,
    positionsSet: set.reduce((sum, { positions }) => sum + positions.length, 0),
    activeGroups,
    groupsFailed: turns.length - set.length - activeGroups - groupsLeft,
    groupsLeft,
  }
}
