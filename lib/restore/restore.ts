import pMap from 'p-map'
import type { DumpedPartition } from '../dumped/dumped-records.ts'
import { requireFound } from '../dumped/nothing-found.ts'
import { NamedRuns } from './named-runs.ts'
import { type PlaceOutcome, restorePlace } from './place.ts'
import { prepareTopics } from './prepare.ts'
import type { RestoreReport } from './report.ts'
import { isNothing, reportOf } from './report-of.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic, Restoration, RestoreTime } from './restoration.ts'
import { noGroups, requireSettable, setGroups, setGroupsBehind } from './set-groups.ts'

/**
 * Topic-partitions at a time. Each has two batches in memory, one that is written and one that is read, beside what its reading
 * takes; more at once would not be faster, as one processor reads for all of them.
 */
const PLACES_AT_ONCE = 2

/**
 * Restores everything that is selected: prepares the target's topics, produces the records of topic-partitions side by side, and sets
 * the groups. What one topic-partition fails of doesn't end the others; the report says so.
 *
 * @throws CodedError when nothing was produced: see `selectedPlaces` and `prepareTopics`, those of the store, and of the cluster
 */
export async function restoreAll(
  restoration: Restoration,
  request: RestoreRequest,
  time: RestoreTime,
): Promise<RestoreReport> {
  const started = Date.now()
  const { deadline } = time
  if (request.groups.undo) {
    const groups = (await restoration.groups?.undo(deadline)) ?? noGroups
    return reportOf(restoration, request, { started, topics: [], outcomes: [], groups })
  }
  requireSettable(restoration, request)
  const places = await selectedPlaces(restoration, request)
  for (const place of places) time.progress.found(place, place.bytes)
  if (request.groups.only) {
    const topics = await prepareTopics(restoration, { ...request, dryRun: true, append: true, purge: [] }, places, time)
    const groups = await setGroups(restoration, request, { topics, outcomes: [], deadline })
    return reportOf(restoration, request, { started, topics, outcomes: [], groups })
  }
  const topics = await prepareTopics(restoration, request, places, time)
  const outcomes = await restorePlaces(restoration, topics, places, request, time)
  const isComplete = outcomes.every(({ finished }) => finished) && !isNothing(outcomes)
  const restored = { topics, outcomes, deadline }
  const groups = isComplete ? await setGroupsBehind(restoration, request, restored) : noGroups
  return reportOf(restoration, request, { started, topics, outcomes, groups })
}

/**
 * The topic-partitions that are restored.
 *
 * @throws CodedError `RESTORE_NOTHING_FOUND`
 */
export async function selectedPlaces(
  { dumped }: Pick<Restoration, 'dumped'>,
  { selection }: Pick<RestoreRequest, 'selection'>,
): Promise<DumpedPartition[]> {
  const places = await Array.fromAsync(dumped.partitions(selection))
  await requireFound(dumped, selection, places)
  return places
}

async function restorePlaces(
  restoration: Restoration,
  topics: PreparedTopic[],
  places: DumpedPartition[],
  request: RestoreRequest,
  time: RestoreTime,
): Promise<PlaceOutcome[]> {
  const byName = new Map(topics.map(topic => [topic.topic, topic]))
  const runs = new NamedRuns()
  const restore = async (place: DumpedPartition) => {
    const outcome = await restorePlace(restoration, byName.get(place.topic) as PreparedTopic, place, request, time)
    return { ...outcome, place: runs.of(outcome.place) }
  }
  return await pMap(places, restore, { concurrency: PLACES_AT_ONCE })
}
