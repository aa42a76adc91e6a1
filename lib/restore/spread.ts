import pMap from 'p-map'
import { CodedError } from '../error.ts'
import { type LinkPlace, type RestoreLink, sharesOf } from './links.ts'
import { type PlaceOutcome, restorePlace } from './place.ts'
import { prepareTopics } from './prepare.ts'
import type { RestoreReport } from './report.ts'
import { isNothing, joinPlaces, reportOf } from './report-of.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic, Restoration, RestoreTime } from './restoration.ts'
import { selectedPlaces } from './restore.ts'
import type { RunFolder } from './run-folder.ts'
import type { RunPart, RunPlan } from './run-plan.ts'
import { noGroups, requireSettable, setGroupsBehind } from './set-groups.ts'

/** Topic-partitions that an invocation restores at a time. See `restoreAll`. */
const PLACES_AT_ONCE = 4

/** Invocations in a row that may get nowhere with a topic-partition, before it ends instead of continuing for ever. */
export const MOST_IDLE = 2

/** A run of a restore, which several invocations share. */
export interface RestoreRun {
  restoration: Restoration
  folder: RunFolder
  /** Until when records are restored. */
  time: RestoreTime
  /** Until when topics are prepared and groups are set, in milliseconds since the epoch. */
  end: number
}

/** What an invocation leaves to others, and the report if it was the last. */
export interface LinkResult {
  rest: RestoreLink[]
  report?: RestoreReport
}

/**
 * Begins a run: prepares the target's topics, and divides the topic-partitions among invocations. An invocation that is repeated
 * finds the plan of the first one, and purges nothing again.
 *
 * @throws CodedError as `selectedPlaces` and `prepareTopics`
 */
export async function beginRun(
  { restoration, folder, end }: RestoreRun,
  request: RestoreRequest,
  run: string,
): Promise<{ plan: RunPlan; links: RestoreLink[] }> {
  const plan = (await folder.plan()) ?? (await folder.createPlan(await makePlan(restoration, request, end)))
  const { id } = restoration
  return { plan, links: sharesOf(plan.places).map(places => ({ id, run, link: 1, idle: 0, places })) }
}

async function makePlan(restoration: Restoration, request: RestoreRequest, end: number): Promise<RunPlan> {
  const time = { deadline: end, signal: AbortSignal.timeout(Math.max(0, Math.trunc(end - Date.now()))) }
  const started = Date.now()
  requireSettable(restoration, request)
  const places = await selectedPlaces(restoration, request)
  const topics = await prepareTopics(restoration, request, places, time)
  return { schema: 1, started, request, topics, places }
}

/**
 * Continues with topic-partitions of a run until the time is over. Whoever ends the last one of the run sets the groups and writes
 * the report; several who see that do the same.
 */
export async function workLink(run: RestoreRun, plan: RunPlan, link: RestoreLink): Promise<LinkResult> {
  const { folder, time } = run
  const parts = await folder.parts()
  const ended = new Set(parts.filter(part => part.ended).map(({ index }) => index))
  const own = new Set(link.places.map(([index]) => index))
  // Of an invocation that is repeated: what it has told stays as it is, and the next one continues behind it.
  const told = await folder.readParts(
    parts.filter(part => part.link === link.link && own.has(part.index) && !ended.has(part.index)),
  )
  const left = told.map(({ name, part }): LinkPlace => [name.index, part.next ?? 0, 0])
  const open = link.places.filter(([index]) => !ended.has(index) && !left.some(([other]) => other === index))
  let isBegun = left.length > 0
  const work = async (place: LinkPlace, order: number) => {
    if (Date.now() >= time.deadline || time.signal.aborted) return void left.push(place)
    isBegun = true
    // The others may have begun when there was hardly any time left.
    const rest = await workOn(run, plan, link, place, order < PLACES_AT_ONCE)
    if (rest) left.push(rest)
  }
  await pMap(open, work, { concurrency: PLACES_AT_ONCE })
  const idle = isBegun ? 0 : link.idle + 1
  if (idle >= MOST_IDLE) for (const [index] of left.splice(0)) await giveUp(plan, index, link, folder, notBegun)
  // Groups and the report need time of their own, which another invocation has.
  const isOver = Date.now() >= time.deadline && link.places.length > 0
  if (left.length === 0 && !isOver) return { rest: [], report: await finish(run, plan) }
  // Those that got nowhere come last, as they may do so again.
  const places = left.toSorted(([a, , idle], [b, , other]) => idle - other || a - b)
  return { rest: [{ ...link, link: link.link + 1, idle, places }] }
}

/** @returns what is left of the topic-partition */
async function workOn(
  run: RestoreRun,
  plan: RunPlan,
  link: RestoreLink,
  [index, from, idle]: LinkPlace,
  hadTime: boolean,
): Promise<LinkPlace | undefined> {
  const part = await workPlace(run, plan, index, from)
  const next = part.next ?? 0
  if (part.ended || next > from) {
    await run.folder.addPart({ index, link: link.link, ended: part.ended }, part)
    return part.ended ? undefined : [index, next, 0]
  }
  // What got nowhere is read from the same offset again, and would count twice, so no part of the run tells of it.
  const times = hadTime || part.error ? idle + 1 : idle
  if (times < MOST_IDLE) return [index, from, times]
  await giveUp(plan, index, link, run.folder, gotNowhere, part.error)
  return undefined
}

async function workPlace(
  { restoration, time }: RestoreRun,
  { request, topics, places }: RunPlan,
  index: number,
  after: number,
): Promise<RunPart> {
  const place = places[index] as RunPlan['places'][number]
  const topic = topics.find(({ topic }) => topic === place.topic) as PreparedTopic
  const outcome = await restorePlace(restoration, topic, place, request, { ...time, after })
  const { error } = outcome
  if (error)
    restoration.logger.warn('Topic-partition not restored', { ...place, errorCode: error.code, reason: error.message })
  // What a later invocation may succeed in has no end here.
  return { ...outcome, ended: outcome.finished || (error !== undefined && !error.retryable) }
}

const gotNowhere =
  'No record was read in time, or could be written. The log says why; the same restore continues where this ended.'
const notBegun =
  'No time was left when the objects of the dump had been listed. Restore it by the command instead, which has no such limit.'

/** Ends a topic-partition that invocations in a row did not get on with. */
async function giveUp(
  { places }: RunPlan,
  index: number,
  { link }: RestoreLink,
  folder: RunFolder,
  why: string,
  cause?: CodedError,
): Promise<void> {
  const { topic, partition } = places[index] as RunPlan['places'][number]
  const message = `${MOST_IDLE} invocations in a row got nowhere with ${topic}-${partition}. ${cause ? `${cause.message} (${cause.code})` : why}`
  const error = new CodedError('OUT_OF_TIME', message, { topic, partition, cause })
  const place = emptyPlace({ topic, partition })
  await folder.addPart({ index, link, ended: true }, { place, finished: false, error, problems: [], ended: true })
}

function emptyPlace(at: { topic: string; partition: number }): RunPart['place'] {
  const nothing = { records: 0, bytes: 0, present: 0, produced: 0, missingOffsets: 0, duplicates: 0, conflicts: 0 }
  return { ...at, ...nothing, missing: [], corrupt: [], digestRead: '', digestProduced: '' }
}

/** @returns undefined while other invocations have topic-partitions that are not done */
async function finish({ restoration, folder, end }: RestoreRun, plan: RunPlan): Promise<RestoreReport | undefined> {
  const names = await folder.parts()
  const ended = new Set(names.filter(part => part.ended).map(({ index }) => index))
  if (ended.size < plan.places.length) return undefined
  const outcomes = joinParts(await folder.readParts(names))
  const { request, topics, started } = plan
  const isComplete = outcomes.every(({ finished }) => finished) && !isNothing(outcomes)
  const restored = { topics, outcomes, deadline: end }
  const groups = isComplete ? await setGroupsBehind(restoration, request, restored) : noGroups
  const report = reportOf(restoration, request, { started, topics, outcomes, groups })
  await folder.putReport(report)
  return report
}

/** What all invocations have done of each topic-partition. */
function joinParts(parts: Awaited<ReturnType<RunFolder['readParts']>>): PlaceOutcome[] {
  const joined = new Map<number, PlaceOutcome>()
  for (const { name, part } of parts) {
    const earlier = joined.get(name.index)
    joined.set(
      name.index,
      earlier
        ? { ...part, place: joinPlaces(earlier.place, part.place), problems: [...earlier.problems, ...part.problems] }
        : part,
    )
  }
  return [...joined.values()]
}
