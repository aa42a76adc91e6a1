import type { restoreOptions } from '../../config/restore-options.ts'
import type { RestoreSum } from '../../restore/report-sum.ts'
import type { Restorable } from '../../restore/restorable.ts'
import type { DocumentOf } from './document.ts'

interface Values {
  string: string
  boolean: boolean
  multiple: string[]
}

/** What a restore can be asked for: the options of `connectors restore` by their names, without those of its report. */
export type RestoreOptionsGiven = {
  [Name in keyof typeof restoreOptions]?: Values[(typeof restoreOptions)[Name]['type']]
} & { remote?: boolean }

/** What can be chosen of a dump. */
export interface RestorableAnswer extends Restorable {
  /** Topics and groups that are left out, as there are too many to choose from. */
  moreTopics: number
  moreGroups: number
  /** Whether the connector has a function that restores. */
  hasFunction: boolean
}

type RestoreReport = DocumentOf<'restore'>
type Partition = RestoreReport['topics'][number]['places'][number]
type Topic = RestoreReport['topics'][number]
type Group = RestoreReport['groups'][number]

/** What a page shows of a restore, or of its dry run. Lists have their beginning, and how many more there are. */
export interface ShownRestore extends Pick<RestoreReport, 'id' | 'outcome' | 'started' | 'ended' | 'estimatedMs'> {
  sources: string[]
  losses: string[]
  /** Of all topic-partitions. */
  sum: RestoreSum
  /** Of a dry run: the codes for which the restore would be refused as things are. */
  refusals: string[]
  /** Topic-partitions of which what was produced is not what was read. */
  differing: number
  topics: ShownTopicRestore[]
  moreTopics: number
  /** Missing offsets, as texts. */
  missing: string[]
  moreMissing: number
  /** Objects that can’t be read, as texts. */
  corrupt: string[]
  moreCorrupt: number
  /** The most important first, as texts. */
  problems: string[]
  moreProblems: number
  groups: ShownGroupRestore[]
  moreGroups: number
}

export interface ShownTopicRestore extends Pick<Topic, 'topic' | 'target' | 'targetState' | 'partitions'> {
  /** As they were set, such as `retention.ms=604800000`. */
  settings: string[]
  sum: RestoreSum
  /** Those that deserve a look first. */
  places: Omit<Partition, 'topic' | 'missing' | 'corrupt' | 'digestRead' | 'digestProduced'>[]
  morePlaces: number
}

export interface ShownGroupRestore extends Pick<Group, 'group' | 'outcome' | 'message' | 'positions'> {
  /** The outcome in words. */
  words: string
  morePositions: number
}
