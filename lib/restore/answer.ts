import { isDeepStrictEqual } from 'node:util'
import { asCodedError, CodedError } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { checkComplete } from './completeness.ts'
import { type CheckLink, parseLink, parseRun, type RestoreLink } from './links.ts'
import { openRestore, type RestoreSettings, restoreFolder, restoreId, restoreStore } from './open.ts'
import type { RestoreReport } from './report.ts'
import { placesOf, sumOf } from './report-sum.ts'
import type { RestoreRequest } from './request.ts'
import { restoreAll, selectedPlaces } from './restore.ts'
import { createRunFolder, type RunFolder } from './run-folder.ts'
import { beginRun, type LinkResult, MOST_IDLE, type RestoreRun, workLink } from './spread.ts'
import type { GroupClients, TargetClients } from './target-clients.ts'

/** What an invocation of the function has. */
export interface Invocation {
  settings: RestoreSettings
  clients: TargetClients & { groups: GroupClients }
  logger: Log
  telemetry: Telemetry
  /** Reads what the event of a person asks for. @throws CodedError `CONFIG_INVALID` */
  parse(event: unknown): RestoreRequest
  /** Names the invocation: the same when it is repeated. A run that the event doesn't name has this name. */
  name: string
  /** Begins another invocation, where that is possible: what is left is done by it. Absent: whoever invokes does so. */
  passOn?(link: RestoreLink | CheckLink): Promise<void>
  /** Until when records are restored, and until when groups may be set, both in milliseconds since the epoch. */
  deadline: number
  end: number
}

/** What an invocation has done. */
export interface RestoreAnswer {
  id: string
  run: string
  /** What other invocations have to continue with. */
  rest: (RestoreLink | CheckLink)[]
  /** Of the whole run, once it is over. */
  outcome?: RestoreReport['outcome']
  produced?: number
}

/** How often Lambda tries an invocation that nobody waits for. Source: AWS Lambda, "Error handling for asynchronous invocations". */
const MOST_ATTEMPTS = 3

const noProgress = { found() {}, read() {}, produced() {}, finished() {} }

/**
 * Begins a run, or continues with one.
 *
 * @throws CodedError when nothing was produced; `CONFIG_INVALID` for an event that says neither
 */
export async function answerRestore(event: unknown, invocation: Invocation): Promise<RestoreAnswer> {
  const link = parseLink(event)
  return link ? await goOn(link, invocation) : await begin(event, invocation)
}

async function begin(event: unknown, invocation: Invocation): Promise<RestoreAnswer> {
  const { run = invocation.name, asked } = parseRun(event)
  const { settings } = invocation
  const request = invocation.parse(asked)
  const id = restoreId(settings, request)
  const folder = folderOf(settings, id, run)
  return await telling(invocation, folder, () =>
    using(invocation, request, folder, work => beginIn(work, request, run)),
  )
}

/** Passes on what is left. An error is told to those who wait for the run, unless it may be gone when Lambda tries again. */
async function telling(
  { name, passOn }: Invocation,
  folder: RunFolder,
  work: () => Promise<RestoreAnswer>,
): Promise<RestoreAnswer> {
  try {
    const answer = await work()
    // Last: an error after it would have this invocation repeated beside those that it has begun.
    for (const link of answer.rest) await passOn?.(link)
    return answer
  } catch (thrown) {
    const error = asCodedError(thrown)
    // Where even that can't be written, nobody can be told.
    const attempts = error.retryable ? await folder.countFailure(name, error).catch(() => 0) : MOST_ATTEMPTS
    if (attempts >= MOST_ATTEMPTS) await folder.putFailure(error).catch(() => {})
    throw error
  }
}

async function beginIn(work: RestoreRun, request: RestoreRequest, run: string): Promise<RestoreAnswer> {
  const { restoration, folder, time } = work
  const { id } = restoration
  if (request.groups.undo || request.groups.only) {
    const report = await restoreAll(restoration, request, time)
    await folder.putReport(report)
    return answerOf({ id, run }, { rest: [], report })
  }
  // A run that has a plan was found complete before.
  if (request.strict && !request.dryRun && !(await folder.plan()))
    return await checkOn(work, request, { id, run, link: 0, idle: 0 })
  return await restoreOn(work, request, run)
}

async function restoreOn(work: RestoreRun, request: RestoreRequest, run: string): Promise<RestoreAnswer> {
  const { plan, links } = await beginRun(work, request, run)
  const [only, ...others] = links
  if (!only || others.length > 0) return answerOf({ id: work.restoration.id, run }, { rest: links })
  return answerOf(only, await workLink(work, plan, only))
}

/** Reads the dump of a strict restore on, and begins with the restore once all of it was read. */
async function checkOn(
  work: RestoreRun,
  request: RestoreRequest,
  link: Omit<CheckLink, 'from'> & Partial<Pick<CheckLink, 'from'>>,
): Promise<RestoreAnswer> {
  const { restoration, folder, time } = work
  const places = await selectedPlaces(restoration, request)
  const from = await checkComplete(restoration, request, places, link.from, time)
  if (!from) return await restoreOn(work, { ...request, strict: false }, link.run)
  const idle = isDeepStrictEqual(from, link.from ?? { ...from, offset: 0 }) ? link.idle + 1 : 0
  if (idle >= MOST_IDLE) {
    const { topic, partition } = from
    const message = `strict: ${MOST_IDLE} invocations in a row got nowhere with reading ${topic}-${partition}. Nothing was changed.`
    throw new CodedError('OUT_OF_TIME', message, from)
  }
  await folder.createRequest(request)
  return answerOf(link, { rest: [{ ...link, link: link.link + 1, idle, from }] })
}

async function goOn(link: RestoreLink | CheckLink, invocation: Invocation): Promise<RestoreAnswer> {
  const folder = folderOf(invocation.settings, link.id, link.run)
  return await telling(invocation, folder, () =>
    'from' in link ? goOnChecking(folder, link, invocation) : goOnRestoring(folder, link, invocation),
  )
}

async function goOnChecking(folder: RunFolder, link: CheckLink, invocation: Invocation): Promise<RestoreAnswer> {
  const asked = (await folder.request()) ?? refuseGone('request', link)
  const request = { ...asked, id: link.id }
  return await using(invocation, request, folder, async work =>
    // One that is repeated may have begun with the restore.
    (await folder.plan()) ? await restoreOn(work, request, link.run) : await checkOn(work, request, link),
  )
}

async function goOnRestoring(folder: RunFolder, link: RestoreLink, invocation: Invocation): Promise<RestoreAnswer> {
  const plan = (await folder.plan()) ?? refuseGone('plan', link)
  const request = { ...plan.request, id: link.id }
  return await using(invocation, request, folder, async work => answerOf(link, await workLink(work, plan, link)))
}

function refuseGone(what: string, { id, run }: Pick<RestoreLink, 'id' | 'run'>): never {
  throw new CodedError(
    'STORE_OBJECT_MISSING',
    `The ${what} of the run ${run} of the restore ${id} is gone. Begin it again.`,
  )
}

function folderOf(settings: RestoreSettings, id: string, run: string): RunFolder {
  return createRunFolder(restoreStore(settings), `${restoreFolder(settings, id)}${run}/`)
}

async function using<Result>(
  { settings, clients, deadline, end, ...environment }: Invocation,
  request: RestoreRequest,
  folder: RunFolder,
  work: (run: RestoreRun) => Promise<Result>,
): Promise<Result> {
  const { restoration, close } = openRestore(settings, request, clients, environment)
  // What takes longer than it should is ended in time for telling so.
  const signal = AbortSignal.timeout(Math.max(0, Math.trunc(deadline - Date.now())))
  try {
    return await work({ restoration, folder, time: { deadline, signal, progress: noProgress }, end })
  } finally {
    await close()
  }
}

function answerOf(
  { id, run }: Pick<RestoreLink, 'id' | 'run'>,
  { rest, report }: Omit<LinkResult, 'rest'> & Pick<RestoreAnswer, 'rest'>,
): RestoreAnswer {
  return { id, run, rest, ...(report && { outcome: report.outcome, produced: sumOf(placesOf(report)).produced }) }
}
