import type { RestoreOptionsGiven } from '../../../api/index.ts'

/** What is done with a target topic that has records. */
export type Present = 'refuse' | 'append' | 'purge'

/** Where consumer groups continue; empty: as it is usual. */
export type Strategy = '' | 'recorded' | 'earliest' | 'latest' | 'time' | 'none'

/** What a person has chosen, as it stands in the form. */
export interface Choice {
  /** Topics of the dump; none: all of them. */
  topics: string[]
  /** Names on the target by topic, where they are others. */
  names: Record<string, string>
  partitions: string
  offsets: string
  /** As the fields have them: in the person's own zone. */
  since: string
  until: string
  keys: string
  to: string
  partitioner: string
  present: Present
  strict: boolean
  skipCorrupt: boolean
  strategy: Strategy
  groupsTime: string
  groupNames: string
  groupsOnly: boolean
  id: string
  remote: boolean
}

export const emptyChoice: Choice = {
  ...{ topics: [], names: {}, partitions: '', offsets: '', since: '', until: '', keys: '' },
  ...{ to: '', partitioner: '', present: 'refuse', strict: false, skipCorrupt: false },
  ...{ strategy: '', groupsTime: '', groupNames: '', groupsOnly: false, id: '', remote: false },
}

/** The options of `connectors restore` for it. What is the usual is left out. */
export function optionsOf(choice: Choice): RestoreOptionsGiven {
  const { topics, names, present, strategy, groupsTime } = choice
  const renamed = Object.entries(names).filter(
    ([topic, name]) => name !== '' && name !== topic && isChosen(choice, topic),
  )
  const groups = strategy === 'time' ? isoTime(groupsTime) : strategy
  return Object.fromEntries(
    Object.entries({
      topics: topics.join(','),
      rename: renamed.map(([topic, name]) => `${topic}=${name}`),
      ...{ partitions: choice.partitions, offsets: choice.offsets ? [choice.offsets] : [], keys: choice.keys },
      ...{ since: isoTime(choice.since), until: isoTime(choice.until), to: choice.to, partitioner: choice.partitioner },
      ...{ append: present === 'append', strict: choice.strict, 'skip-corrupt': choice.skipCorrupt },
      purge: present === 'purge' && !choice.groupsOnly ? topics.map(topic => names[topic] || topic) : [],
      ...{ groups, 'group-names': choice.groupNames, 'groups-only': choice.groupsOnly },
      ...{ id: choice.id, remote: choice.remote },
    } satisfies RestoreOptionsGiven).filter(([, value]) => value === true || (value !== false && value.length > 0)),
  )
}

/** No topic is ticked: all of them are meant. */
export function isChosen({ topics }: Choice, topic: string): boolean {
  return topics.length === 0 || topics.includes(topic)
}

/** A field's time in UTC, so that a restore is about the same time as its plan. */
function isoTime(local: string): string {
  const time = new Date(local)
  return local === '' || Number.isNaN(time.getTime()) ? '' : time.toISOString()
}
