import type { GroupOffsets } from '../kafka/admin/group-offsets.ts'
import { PartitionMap } from '../partition-map.ts'
import type { TopicPartition } from '../record.ts'
import { GroupsText, groupsWithin } from './groups-text.ts'
import { completionTime, isRepeated, type Recording, writeSnapshot } from './recording.ts'
import { newestText } from './snapshots.ts'

export interface GroupsRecording extends Recording {
  cluster: Pick<GroupOffsets, 'states' | 'committed' | 'bounds'>
  /** For the whole names of the groups that are recorded. */
  patterns: RegExp[]
}

/** What one run has recorded. */
export interface RecordedGroups {
  /** Groups with at least one position, and all their positions. */
  groups: number
  positions: number
  /** The snapshot's key; absent when it would have said the same as the one before. */
  groupsSnapshot?: string
}

/** Groups of one request. A group may have hundreds of positions, and the answer is one piece of memory. */
const GROUPS_AT_ONCE = 100

/** Names in a warning. All of them could exceed what a line of the log may have. */
const NAMED = 20

/**
 * Records the positions of consumer groups, and the bounds of the partitions that they read.
 *
 * Only the text of what was read is kept, so 2,000 groups with 500 positions each take about 20 MB.
 *
 * @throws CodedError as the cluster and the store
 */
export async function recordGroups(recording: GroupsRecording): Promise<RecordedGroups> {
  const { cluster, patterns, store, prefix, logger } = recording
  const states = await cluster.states()
  const names = [...states.keys()].filter(group => patterns.some(pattern => pattern.test(group))).sort()
  const text = new GroupsText()
  const places = new PartitionMap<TopicPartition>()
  const hidden: string[] = []
  let [groups, positions] = [0, 0]
  for (let start = 0; start < names.length; start += GROUPS_AT_ONCE) {
    const some = names.slice(start, start + GROUPS_AT_ONCE)
    const committed = await cluster.committed(some)
    for (const group of some) {
      const own = committed.get(group)
      if (!own) hidden.push(group)
      if (!own?.length) continue
      text.add(group, { state: states.get(group) ?? '', positions: own })
      for (const { topic, partition } of own) places.getOrCreate({ topic, partition }, () => ({ topic, partition }))
      groups += 1
      positions += own.length
    }
  }
  if (hidden.length > 0) {
    const fields = { number: hidden.length, groups: hidden.slice(0, NAMED), reason: 'DESCRIBE is not allowed' }
    logger.warn('Groups left out of the snapshot', fields)
  }
  const bounds = await cluster.bounds([...places.values()])
  const time = completionTime(recording)
  const last = await newestText(store, prefix, 'groups')
  const recorded = { groups, positions }
  if (isRepeated(recording, last, () => groupsWithin(last?.text as Buffer).equals(text.groups))) return recorded
  return { ...recorded, groupsSnapshot: await writeSnapshot(recording, 'groups', time, text.text(time, bounds)) }
}
