import pMap from 'p-map'
import type { DumpedPartition } from '../dumped/dumped-records.ts'
import { requireFound } from '../dumped/nothing-found.ts'
import { requireTranslatable } from './groups/groups-restoration.ts'
import { type PlaceOutcome, restorePlace } from './place.ts'
import { prepareTopics } from './prepare.ts'
import type { RestoreReport } from './report.ts'
import { isNothing, reportOf } from './report-of.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic, Restoration, RestoredGroups, RestoreTime } from './restoration.ts'

/**
 * Topic-partitions at a time. Each has two batches in memory, one that is written and one that is read, beside what its reading
 * takes; more at once would not be faster, as one processor reads for all of them.
 */
const PLACES_AT_ONCE = 3

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
  if (request.groups.undo) {
    const groups = (await restoration.groups?.undo(time.deadline)) ?? noGroups
    return reportOf(restoration, request, { started, topics: [], outcomes: [], groups })
  }
  if (restoration.groups) requireTranslatable(request, restoration.routing.partitioner)
  const places = await selectedPlaces(restoration, request)
  for (const place of places) time.progress.found(place, place.bytes)
  if (request.groups.only) {
    const topics = await prepareTopics(restoration, { ...request, dryRun: true, append: true, purge: [] }, places, time)
    const groups = await restoreGroups(restoration, request, topics, [], time)
    return reportOf(restoration, request, { started, topics, outcomes: [], groups })
  }
  const topics = await prepareTopics(restoration, request, places, time)
  const outcomes = await restorePlaces(restoration, topics, places, request, time)
  const isComplete = outcomes.every(({ finished }) => finished) && !isNothing(outcomes)
  const groups = isComplete ? await restoreGroups(restoration, request, topics, outcomes, time) : noGroups
  return reportOf(restoration, request, { started, topics, outcomes, groups })
}

const noGroups: RestoredGroups = { groups: [], problems: [] }

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
  return await pMap(
    places,
    place => restorePlace(restoration, byName.get(place.topic) as PreparedTopic, place, request, time),
    { concurrency: PLACES_AT_ONCE },
  )
}

async function restoreGroups(
  { groups, routing: { partitioner } }: Restoration,
  request: RestoreRequest,
  topics: PreparedTopic[],
  outcomes: PlaceOutcome[],
  { deadline }: RestoreTime,
): Promise<RestoredGroups> {
  if (!groups || request.groups.strategy === 'none') return noGroups
  const places = outcomes.map(({ place }) => place)
  return await groups.restore(request, { topics, places, partitioner, dryRun: request.dryRun, deadline })
}
