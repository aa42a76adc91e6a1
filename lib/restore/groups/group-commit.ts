import { asCodedError, CodedError } from '../../error.ts'
import type { CommitResult, CommittedPosition, GroupOffsets, GroupPositions } from '../../kafka/admin/group-offsets.ts'
import { PartitionMap } from '../../partition-map.ts'
import { retryUntil } from '../../retry.ts'
import type { RestoredGroup } from '../report.ts'
import { committedOf } from './cluster-groups.ts'
import type { PlannedGroup } from './planned-group.ts'

/**
 * Commits the positions of groups, and reads them back: an acknowledged commit alone doesn't count.
 *
 * @param deadline in milliseconds since the epoch; no commit begins after it
 * @returns the groups' results. One that can't be set doesn't concern the others
 */
export async function commitGroups(
  target: GroupOffsets,
  due: PlannedGroup[],
  deadline: number,
): Promise<Map<string, RestoredGroup>> {
  const wanted = due
    .filter(({ wanted }) => wanted.length > 0)
    .map(({ result: { group }, wanted }) => ({ group, positions: wanted }))
  const results = await commitUntil(target, wanted, deadline)
  const set = wanted.filter(({ group }) => results.get(group) === 'set').map(({ group }) => group)
  const present = await retryUntil(deadline, () => committedOf(target, set)).catch(asCodedError)
  const outcomeOf = ({ result, wanted }: PlannedGroup): RestoredGroup => {
    if (wanted.length === 0) return { ...result, outcome: 'unknown' }
    const committed = results.get(result.group)
    if (committed !== 'set') return { ...result, ...failureOf(committed ?? 'left') }
    if (present instanceof CodedError)
      return {
        ...result,
        outcome: 'failed',
        message: `its positions could not be read after they were set: ${present.message}`,
      }
    const other = firstOther(wanted, present.get(result.group) ?? [])
    return other ? { ...result, outcome: 'failed', message: other } : { ...result, outcome: 'set' }
  }
  return new Map(due.map(planned => [planned.result.group, outcomeOf(planned)]))
}

/** Commits again what fails for reasons that pass. */
export async function commitUntil(
  target: Pick<GroupOffsets, 'commit'>,
  groups: GroupPositions[],
  deadline: number,
): Promise<Map<string, CommitResult>> {
  const results = new Map<string, CommitResult>()
  const passing = (result: CommitResult | undefined) => result instanceof CodedError && result.retryable
  const commit = async () => {
    const pending = groups.filter(({ group }) => !results.has(group) || passing(results.get(group)))
    for (const [group, result] of await target.commit(pending, deadline)) results.set(group, result)
    const failure = results.values().find(passing)
    if (failure) throw failure
  }
  const failure = await retryUntil(deadline, commit).then(() => undefined, asCodedError)
  for (const { group } of failure ? groups : []) {
    if (!results.has(group)) results.set(group, failure as CodedError)
  }
  return results
}

/** What a commit's result says, if it is not that all was set. */
export function failureOf(result: Exclude<CommitResult, 'set'>): Pick<RestoredGroup, 'outcome' | 'message'> {
  if (result === 'active')
    return { outcome: 'active', message: 'it has members: stop its consumers, and set the groups again' }
  if (result === 'left') return { outcome: 'failed', message: 'there was no time left for it: set the groups again' }
  return { outcome: 'failed', message: result.message }
}

/** Says which position isn't where it was set to. */
export function firstOther(wanted: GroupPositions['positions'], committed: CommittedPosition[]): string | undefined {
  const present = new PartitionMap(committed.map(position => [position, position.offset]))
  const other = wanted.find(position => present.get(position) !== position.offset)
  if (!other) return undefined
  const { topic, partition, offset } = other
  const found = present.get(other)
  return `${topic}-${partition} is at ${found ?? 'no position'} after it was set to ${offset}: did somebody else set it, or start a consumer?`
}
