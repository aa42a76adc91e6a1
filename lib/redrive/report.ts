import { countOf, unite } from '../commits/offset-runs.ts'
import { PartitionMap } from '../partition-map.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { FetchedRecords } from './failed-records.ts'
import type { FailedAgain } from './marks.ts'
import type { PartOutcome } from './redriver.ts'

/** What a redrive has done. Programs read it: fields are never renamed. */
export interface RedriveReport {
  schema: 1
  /** `unfinished`: it was interrupted; the next one continues. */
  outcome: 'redriven' | 'unfinished'
  places: RedrivenPlace[]
}

export interface RedrivenPlace extends TopicPartition {
  redriven: OffsetRuns
  /** In the result before. */
  present: OffsetRuns
  failed: FailedAgain[]
  /** Nobody has them any more. */
  gone: OffsetRuns
  refused: FetchedRecords['refused']
  /** Records that the trigger delivers again. */
  waiting: number
  /** Records without offsets, which nothing tells apart. */
  unplaced: number
  /** Why the others were not tried. Absent: all were. */
  stopped?: { code: string; message: string }
}

/** Adds up what becomes of records, by topic-partition. */
export class RedriveTally {
  /** Records that are done with, in any way. */
  records = 0
  readonly #places = new PartitionMap<RedrivenPlace>()

  add(place: TopicPartition, part: Partial<PartOutcome & Pick<FetchedRecords, 'gone' | 'refused'>>): void {
    const { redriven = [], present = [], failed = [], gone = [], refused = [] } = part
    const to = this.#at(place)
    to.redriven = unite(to.redriven, redriven)
    to.present = unite(to.present, present)
    to.gone = unite(to.gone, gone)
    for (const group of failed) addFailed(to.failed, group)
    for (const { offsets, reason } of refused) addRefused(to.refused, reason, offsets)
    const sets = [redriven, present, gone, ...[...failed, ...refused].map(({ offsets }) => offsets)]
    this.records += sets.reduce((sum, offsets) => sum + countOf(offsets), 0)
  }

  wait(place: TopicPartition, records: number): void {
    this.#at(place).waiting += records
  }

  leaveUnplaced(place: TopicPartition, records: number): void {
    this.#at(place).unplaced += records
  }

  /** Says why the rest of a topic-partition was not tried. */
  stop(place: TopicPartition, why: NonNullable<RedrivenPlace['stopped']>): void {
    this.#at(place).stopped = why
  }

  report(outcome: RedriveReport['outcome']): RedriveReport {
    return { schema: 1, outcome, places: [...this.#places.values()] }
  }

  #at({ topic, partition }: TopicPartition): RedrivenPlace {
    const none = { redriven: [], present: [], failed: [], gone: [], refused: [], waiting: 0, unplaced: 0 }
    return this.#places.getOrCreate({ topic, partition }, () => ({ topic, partition, ...none }))
  }
}

function addFailed(groups: FailedAgain[], { code, offsets, time }: FailedAgain): void {
  const group = groups.find(other => other.code === code)
  if (!group) groups.push({ code, offsets, time })
  else Object.assign(group, { offsets: unite(group.offsets, offsets), time: Math.max(group.time, time) })
}

function addRefused(groups: FetchedRecords['refused'], reason: string, offsets: OffsetRuns): void {
  const group = groups.find(other => other.reason === reason)
  if (group) group.offsets = unite(group.offsets, offsets)
  else groups.push({ reason, offsets })
}
