import { CodedError } from '../error.ts'
import { whichInstead } from '../which-instead.ts'
import type { DumpedPartition, DumpedRecords, RecordSelection } from './dumped-records.ts'
import { isSelectedTopic } from './selected.ts'

/** Topics that a message names. */
const NAMED_TOPICS = 20

/**
 * Refuses a selection that a dump has nothing of, and one that names dumps, topics or partitions which aren't there: a mistyped
 * name would be passed over, as if it were done.
 *
 * @param places those of the selection
 * @throws CodedError `RESTORE_NOTHING_FOUND` that says what is there instead
 */
export async function requireFound(
  dumped: Pick<DumpedRecords, 'topics' | 'elsewhere'>,
  selection: RecordSelection,
  places: readonly DumpedPartition[],
): Promise<void> {
  const topics = await dumped.topics()
  const elsewhere = await dumped.elsewhere()
  if (topics.length === 0) throw nothing([...elsewhere, 'No dump was found'])
  if (elsewhere.length > 0) throw nothing([...elsewhere, 'The other dumps have something'])
  const named = [...(selection.topics ?? []), ...Object.keys(selection.offsets ?? {})]
  const unknown = [...new Set(named)].filter(name => !topics.some(topic => isSelectedTopic(topic, { topics: [name] })))
  if (unknown.length > 0) throw nothing(unknown.map(name => `The dump has no topic ${name}: ${instead(name, topics)}`))
  if (places.length === 0)
    throw nothing([`The dump has nothing of what is selected; it has the topics ${list(topics)}`])
  const absent = absentPartitions(selection, places)
  if (absent.length > 0) throw nothing([`The dump has nothing of ${absent.join(', ')}`])
}

/** The error of a selection, such as one of keys or times, of which only reading tells that no record fits. */
export function noRecordSelected(places: number): CodedError {
  const of = places === 1 ? 'the selected topic-partition' : `the ${places} selected topic-partitions`
  return nothing([`No record of ${of} is one of those that are selected`])
}

function nothing(sentences: string[]): CodedError {
  return new CodedError('RESTORE_NOTHING_FOUND', `${sentences.join('. ')}.`.replaceAll('?.', '?'))
}

function instead(name: string, topics: string[]): string {
  const isPattern = name.startsWith('/')
  return isPattern || topics.length > NAMED_TOPICS ? `it has ${list(topics)}` : whichInstead(name, topics)
}

function list(topics: string[]): string {
  const named = topics.slice(0, NAMED_TOPICS)
  return named.join(', ') + (topics.length > named.length ? ` and ${topics.length - named.length} others` : '')
}

/** Topic-partitions that the selection names and of which no object has anything. */
function absentPartitions({ offsets, partitions }: RecordSelection, places: readonly DumpedPartition[]): string[] {
  const found = new Set(places.map(({ topic, partition }) => `${topic}-${partition}`))
  const numbers = new Set(places.map(({ partition }) => partition))
  const nowhere = (partitions ?? []).filter(partition => !numbers.has(partition))
  if (!offsets) return nowhere.map(partition => `partition ${partition}`)
  return Object.entries(offsets ?? {}).flatMap(([topic, named]) =>
    Object.keys(named)
      .filter(partition => partitions?.includes(Number(partition)) ?? true)
      .map(partition => `${topic}-${partition}`)
      .filter(name => !found.has(name)),
  )
}
