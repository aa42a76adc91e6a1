import { asCodedError, CodedError } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { parseLink, parseRun, type RestoreLink } from './links.ts'
import { openRestore, type RestoreSettings, restoreFolder, restoreId, restoreStore } from './open.ts'
import type { RestoreReport } from './report.ts'
import { placesOf, sumOf } from './report-sum.ts'
import type { RestoreRequest } from './request.ts'
import { restoreAll } from './restore.ts'
import { createRunFolder, type RunFolder } from './run-folder.ts'
import { beginRun, type LinkResult, type RestoreRun, workLink } from './spread.ts'
import type { GroupClients, TargetClients } from './target-clients.ts'

/** What an invocation of the function has. */
export interface Invocation {
  settings: RestoreSettings
  clients: TargetClients & { groups: GroupClients }
  logger: Log
  telemetry: Telemetry
  /** Reads what the event of a person asks for. @throws CodedError `CONFIG_INVALID` */
  parse(event: unknown): RestoreRequest
  /** The name of a run that the event doesn't name: the same one when the invocation is repeated. */
  newRun(): string
  /** Until when records are restored, and until when groups may be set, both in milliseconds since the epoch. */
  deadline: number
  end: number
}

/** What an invocation has done. */
export interface RestoreAnswer {
  id: string
  run: string
  /** What other invocations have to go on with. */
  rest: RestoreLink[]
  /** Of the whole run, once it is over. */
  outcome?: RestoreReport['outcome']
  produced?: number
}

const noProgress = { found() {}, read() {}, produced() {}, finished() {} }

/**
 * Begins a run, or goes on with one.
 *
 * @throws CodedError when nothing was produced; `CONFIG_INVALID` for an event that says neither
 */
export async function answerRestore(event: unknown, invocation: Invocation): Promise<RestoreAnswer> {
  const link = parseLink(event)
  return link ? await goOn(link, invocation) : await begin(event, invocation)
}

async function begin(event: unknown, invocation: Invocation): Promise<RestoreAnswer> {
  const { run = invocation.newRun(), asked } = parseRun(event)
  const { settings } = invocation
  const request = invocation.parse(asked)
  const id = restoreId(settings, request)
  const folder = folderOf(settings, id, run)
  try {
    return await using(invocation, request, folder, work => beginIn(work, request, run))
  } catch (thrown) {
    const error = asCodedError(thrown)
    // One that may not come again when Lambda repeats the invocation isn't told yet.
    if (!error.retryable) await folder.putFailure(error)
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
  const { plan, links } = await beginRun(work, request, run)
  const [only, ...others] = links
  if (!only || others.length > 0) return answerOf({ id, run }, { rest: links })
  return answerOf(only, await workLink(work, plan, only))
}

async function goOn(link: RestoreLink, invocation: Invocation): Promise<RestoreAnswer> {
  const folder = folderOf(invocation.settings, link.id, link.run)
  const plan = await folder.plan()
  if (!plan)
    throw new CodedError(
      'STORE_OBJECT_MISSING',
      `The plan of the run ${link.run} of the restore ${link.id} is gone. Begin it again.`,
    )
  const request = { ...plan.request, id: link.id }
  return await using(invocation, request, folder, async work => answerOf(link, await workLink(work, plan, link)))
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

function answerOf({ id, run }: Pick<RestoreLink, 'id' | 'run'>, { rest, report }: LinkResult): RestoreAnswer {
  return { id, run, rest, ...(report && { outcome: report.outcome, produced: sumOf(placesOf(report)).produced }) }
}
