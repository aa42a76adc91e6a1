import type { CommittedPosition, GroupOffsets } from '../../kafka/admin/group-offsets.ts'

/** States of a group without members, whose offsets can be set. A group that doesn't exist is DEAD. */
const INACTIVE = ['EMPTY', 'DEAD']

/** Whether a group has members, or is about to. */
export function isActive(state = 'DEAD'): boolean {
  return !INACTIVE.includes(state)
}

/** Groups of one request. A group may have hundreds of positions, and the answer is one piece of memory. */
const GROUPS_AT_ONCE = 100

/** The positions of many groups, without groups that the login may not describe. @throws CodedError as {@link GroupOffsets} */
export async function committedOf(
  cluster: Pick<GroupOffsets, 'committed'>,
  groups: string[],
): Promise<Map<string, CommittedPosition[]>> {
  const found = new Map<string, CommittedPosition[]>()
  for (let start = 0; start < groups.length; start += GROUPS_AT_ONCE) {
    for (const [group, positions] of await cluster.committed(groups.slice(start, start + GROUPS_AT_ONCE))) {
      found.set(group, positions)
    }
  }
  return found
}
