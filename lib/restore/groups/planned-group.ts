import type { CommittedPosition } from '../../kafka/admin/group-offsets.ts'
import { PartitionMap } from '../../partition-map.ts'
import type { RestoredGroup } from '../report.ts'
import type { GroupStrategy } from '../request.ts'
import type { GroupBefore } from './group-history.ts'
import type { SelectedGroup } from './selected-groups.ts'
import { type TargetFacts, type WantedPosition, wantedPositions } from './wanted-positions.ts'

/** A group with what is to be set, and what it has now. */
export interface PlannedGroup {
  result: RestoredGroup
  /** The positions to set, all of them known. */
  wanted: (WantedPosition & { offset: number })[]
  before: GroupBefore
}

/** A group as the target has it. */
interface KnownGroup {
  active: boolean
  exists: boolean
  /** Undefined when the login may not describe the group. */
  committed: CommittedPosition[] | undefined
}

/** @returns undefined for a group that has nothing to do with the restored topics, unless it was asked for by its name */
export function plannedGroup(
  selected: SelectedGroup,
  strategy: Exclude<GroupStrategy, 'none'>,
  facts: TargetFacts,
  known: KnownGroup,
): PlannedGroup | undefined {
  const { group, named } = selected
  const positions = wantedPositions(selected, strategy, facts)
  if (positions.length === 0 && !named) return undefined
  const present = new PartitionMap((known.committed ?? []).map(position => [position, position]))
  const wanted = positions.filter(position => position.offset !== undefined) as PlannedGroup['wanted']
  const result: RestoredGroup = {
    group,
    ...outcomeOf(positions, wanted, present, known),
    positions: positions.map(({ topic, partition, offset, recorded }) => ({
      ...{ topic, partition, before: present.get({ topic, partition })?.offset, offset, recorded },
    })),
  }
  const before: GroupBefore = {
    group,
    existed: known.exists || (known.committed ?? []).length > 0,
    positions: wanted.map(({ topic, partition }) => {
      const { offset, metadata } = present.get({ topic, partition }) ?? {}
      return { topic, partition, offset, metadata }
    }),
  }
  return { result, wanted, before }
}

function outcomeOf(
  positions: WantedPosition[],
  wanted: PlannedGroup['wanted'],
  present: PartitionMap<CommittedPosition>,
  { active, committed }: KnownGroup,
): Pick<RestoredGroup, 'outcome' | 'message'> {
  if (positions.length === 0)
    return { outcome: 'unknown', message: 'nothing was recorded of it in the restored topics' }
  if (active) return { outcome: 'active', message: 'it has members: stop its consumers, and set the groups again' }
  if (!committed) return { outcome: 'failed', message: 'the login may not describe the group' }
  const message = remarkOn(positions)
  const isThere = (position: WantedPosition) => present.get(position)?.offset === position.offset
  return {
    outcome: wanted.length > 0 && wanted.every(isThere) ? 'unchanged' : 'planned',
    ...(message ? { message } : {}),
  }
}

/** What is special about the positions of a group. */
function remarkOn(positions: WantedPosition[]): string | undefined {
  const mixed = placesOf(positions.filter(({ inOrder }) => !inOrder))
  const unknown = placesOf(positions.filter(({ offset }) => offset === undefined))
  const remarks = [
    ...(mixed ? [`records are in another order than on the source in ${mixed}, so that some are read again`] : []),
    ...(unknown ? [`nothing is on the target yet in ${unknown}`] : []),
  ]
  return remarks.length > 0 ? remarks.join('; ') : undefined
}

/** Partitions that a message names. A group may have hundreds. */
const NAMED = 5

function placesOf(positions: WantedPosition[]): string {
  const names = positions.slice(0, NAMED).map(({ topic, partition }) => `${topic}-${partition}`)
  return names.join(', ') + (positions.length > NAMED ? ` and ${positions.length - NAMED} more` : '')
}
