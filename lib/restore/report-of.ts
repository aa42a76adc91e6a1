import { noRecordSelected } from '../dumped/nothing-found.ts'
import { conflictsError } from './inspect.ts'
import type { PlaceOutcome } from './place.ts'
import type { RestoredPartition, RestoredTopic, RestoreReport } from './report.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic, Problem, Restoration, RestoredGroups } from './restoration.ts'

export interface ReportParts {
  /** In milliseconds since the epoch. */
  started: number
  topics: PreparedTopic[]
  outcomes: PlaceOutcome[]
  groups: RestoredGroups
}

/**
 * How much longer a restore takes than a dry run, which reads as much and produces nothing. Measured by `npm run bench:restore`.
 */
const RESTORE_BY_READING = 2

export function reportOf(
  { id, sources, losses }: Pick<Restoration, 'id' | 'sources' | 'losses'>,
  { dryRun }: Pick<RestoreRequest, 'dryRun'>,
  { started, topics, outcomes, groups }: ReportParts,
): RestoreReport {
  const ended = Date.now()
  const places = Map.groupBy(outcomes, ({ place }) => place.topic)
  return {
    ...{ schema: 1, id, started, ended, sources, losses, groups: groups.groups },
    outcome: outcomeOf(outcomes, groups, dryRun),
    topics: topics.map(({ problems, topicId, ...topic }) => ({ ...topic, places: placesOf(places.get(topic.topic)) })),
    problems: [
      ...(isNothing(outcomes) ? [nothingFound(outcomes)] : []),
      ...outcomes.flatMap(failures),
      ...topics.flatMap(({ problems }) => problems),
      ...outcomes.flatMap(({ place }) => conflictProblems(place)),
      ...warnings(outcomes),
      ...groups.problems,
    ],
    ...(dryRun ? { estimatedMs: (ended - started) * RESTORE_BY_READING } : {}),
  }
}

function outcomeOf(
  outcomes: PlaceOutcome[],
  { groups, isFailed: hasNoGroups }: RestoredGroups,
  dryRun: boolean,
): RestoreReport['outcome'] {
  const isFailed = outcomes.some(({ error }) => error) || (isNothing(outcomes) && !dryRun)
  if (isFailed || hasNoGroups || groups.some(({ outcome }) => outcome === 'failed')) return 'failed'
  if (outcomes.some(({ finished }) => !finished)) return 'unfinished'
  return dryRun ? 'planned' : 'restored'
}

/** Whether everything was read, and no record was one of those that are selected. */
export function isNothing(outcomes: PlaceOutcome[]): boolean {
  const isRead = outcomes.length > 0 && outcomes.every(({ finished }) => finished)
  return isRead && outcomes.every(({ place: { records, present } }) => records + present === 0)
}

function nothingFound(outcomes: PlaceOutcome[]): Problem {
  const { code, message } = noRecordSelected(outcomes.length)
  return { code, message }
}

function placesOf(outcomes: PlaceOutcome[] = []): RestoredTopic['places'] {
  return outcomes.map(({ place }) => place).sort((one, other) => one.partition - other.partition)
}

function failures({ error, place }: PlaceOutcome): Problem[] {
  if (!error) return []
  const { code, message, topic = place.topic, partition = place.partition, offset } = error
  return [{ code, message, topic, partition, offset }]
}

function conflictProblems(place: RestoredPartition): Problem[] {
  const { code, message, topic, partition } = conflictsError(place, place) ?? {}
  return code && message ? [{ code, message, topic, partition }] : []
}

/** What is the same for all partitions of a topic is said once. */
function warnings(outcomes: PlaceOutcome[]): Problem[] {
  const all = outcomes.flatMap(({ problems }) => problems)
  return [...Map.groupBy(all, ({ code, topic }) => `${code} ${topic}`).values()].flatMap(([first]) => first ?? [])
}

/**
 * What several runs have restored of one topic-partition, one after the other. The digests are those of the last run that has read
 * something: each is of what that run has read and produced.
 */
export function joinPlaces(earlier: RestoredPartition, later: RestoredPartition): RestoredPartition {
  const isLater = later.records > 0
  return {
    ...later,
    records: earlier.records + later.records,
    bytes: earlier.bytes + later.bytes,
    firstOffset: earlier.firstOffset ?? later.firstOffset,
    lastOffset: later.lastOffset ?? earlier.lastOffset,
    present: earlier.present + later.present,
    produced: earlier.produced + later.produced,
    targetFirst: earlier.targetFirst ?? later.targetFirst,
    targetLast: later.targetLast ?? earlier.targetLast,
    missing: [...earlier.missing, ...later.missing],
    missingOffsets: earlier.missingOffsets + later.missingOffsets,
    duplicates: earlier.duplicates + later.duplicates,
    conflicts: earlier.conflicts + later.conflicts,
    // One that several runs have come across.
    corrupt: [...new Map([...earlier.corrupt, ...later.corrupt].map(one => [one.key, one])).values()],
    digestRead: isLater ? later.digestRead : earlier.digestRead,
    digestProduced: isLater ? later.digestProduced : earlier.digestProduced,
  }
}
