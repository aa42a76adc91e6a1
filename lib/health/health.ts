import type { DeployedMapping } from '../lambda/event-source-mappings.ts'
import type { Positions } from '../operate/positions.ts'
import { companionOf } from './companions.ts'
import { findingsOf, type Signs } from './findings.ts'
import { type LogSigns, readLog } from './log-signs.ts'
import { type MetricSigns, RATE_MS, readMetrics } from './metric-signs.ts'
import type { CompanionHealth, ConnectorHealth, DescribedConnector, PartitionHealth } from './model.ts'
import { partitionsOf, stoppedByLog, stoppedOf } from './partitions.ts'
import { isAboutRecords } from './record-error.ts'
import { type Companion, known, type Sources, type Subject, timeText, type Unknown } from './subject.ts'

const MINUTE_MS = 60_000

/** How far back the log is searched, the nearest first: a log is read from its oldest line, so a day of it takes long. */
const LOG_WINDOWS_MS = [15 * MINUTE_MS, 24 * 60 * MINUTE_MS] as const

/** What was gathered about a connector. */
interface Gathered {
  subject: Subject
  now: number
  unknown: Unknown
  problem: string | null | undefined
  mappings: DeployedMapping[] | undefined
  metrics: MetricSigns | undefined
  positions: Positions | undefined
  log: LogSigns | undefined
  partitions: PartitionHealth[]
  companions: CompanionHealth[]
  newestCheckpoint: string | null
}

/**
 * The health of a connector, without its partitions. What a source doesn't tell is unknown.
 *
 * @throws the error of whoever asks Lambda, when nobody answers
 */
export async function healthOf(subject: Subject, sources: Sources): Promise<ConnectorHealth> {
  return connectorOf(await gather(subject, sources, false))
}

/** The health of a connector with all of its partitions. Throws like {@link healthOf}. */
export async function describe(subject: Subject, sources: Sources): Promise<DescribedConnector> {
  const gathered = await gather(subject, sources, true)
  const { partitions, newestCheckpoint } = gathered
  return { ...connectorOf(gathered), partitions, newestCheckpoint }
}

async function gather(subject: Subject, sources: Sources, isDetailed: boolean): Promise<Gathered> {
  const now = Date.now()
  const unknown: Unknown = {}
  const ofLambda = [sources.functionProblem(), sources.mappings()] as const
  const [, problem, mappings, metrics] = await Promise.all([
    refuseSilence(ofLambda),
    known(ofLambda[0], [], unknown, sources),
    known(ofLambda[1], ['mappings'], unknown, sources),
    known(readMetrics(subject, sources.metrics, now), metricFields, unknown, sources),
  ])
  const gathered = { subject, now, unknown, problem, mappings, metrics, partitions: [], companions: [] }
  if (problem === undefined && (mappings?.length ?? 0) === 0 && !unknown.mappings)
    return { ...gathered, positions: undefined, log: undefined, newestCheckpoint: null }
  const topics = subject.topics ?? (mappings ?? []).map(({ topic }) => topic)
  const [positions, log, scheduled] = await Promise.all([
    known(sources.positions(topics, now - RATE_MS), ['lag', 'oldestUnread'], unknown, sources),
    mayHaveErrors(metrics) || isDetailed ? logOf(subject, sources, metrics, now, unknown) : undefined,
    Promise.all(scheduledOf(subject).map(companion => companionOf(companion, sources, now, isDetailed))),
  ])
  return {
    ...gathered,
    ...{ positions, log },
    partitions: partitionsOf(positions ?? {}, log, unknown.log, now),
    companions: [...checkHealth(subject, unknown, now), ...scheduled.map(({ health }) => health)],
    newestCheckpoint: scheduled.find(({ newestCheckpoint }) => newestCheckpoint)?.newestCheckpoint ?? null,
  }
}

/**
 * Without credentials, a network or a stack that runs nothing is known, and the error says it best.
 *
 * @throws the error, when no request was answered. An answer may be an error, too: `$fault` says whose.
 */
async function refuseSilence(requests: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(requests)
  const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason as Error] : []))
  if (errors.length === requests.length && errors.every(error => !('$fault' in error))) throw errors[0]
}

const metricFields = [
  ...['recordsInPerMinute', 'recordsOutPerMinute', 'failed24h', 'stops24h', 'lastSuccess'],
  'staged',
]

const scheduledOf = ({ companions }: Subject): Companion[] => companions.filter(({ file }) => file !== 'check')

/** Logs cost more than metrics, so a list reads them only where something has failed. */
function mayHaveErrors(metrics: MetricSigns | undefined): boolean {
  return !metrics || metrics.failed24h + metrics.stops24h + metrics.errors24h > 0
}

/** The log of the last minutes, and of the day if an error is not found there. */
async function logOf(
  { functionName }: Subject,
  sources: Sources,
  metrics: MetricSigns | undefined,
  now: number,
  unknown: Unknown,
): Promise<LogSigns | undefined> {
  const [recent, day] = LOG_WINDOWS_MS
  const read = (windowMs: number, onlyErrors = false) => {
    const window = { since: now - windowMs, rateSince: now - RATE_MS, onlyErrors }
    return known(readLog(sources.logs, functionName, window), ['log', 'lastError'], unknown, sources)
  }
  const near = await read(recent)
  if (!near || near.lastError || !mayHaveErrors(metrics)) return near
  const far = await read(day, true)
  return far ? joinedLogs(far, near) : near
}

/** What both say; deliveries are only in the nearer one, and end a stop that is older. */
function joinedLogs(far: LogSigns, near: LogSigns): LogSigns {
  const partitions = new Map(far.partitions)
  for (const [name, log] of near.partitions) {
    const { lastError } = far.partitions.get(name) ?? {}
    partitions.set(name, { ...log, lastError: log.lastError ?? lastError })
  }
  return { ...near, partitions, lastError: near.lastError ?? far.lastError }
}

/** The function `check` has just been asked. */
function checkHealth({ companions }: Subject, unknown: Unknown, now: number): CompanionHealth[] {
  const check = companions.find(({ file }) => file === 'check')
  if (!check) return []
  const failure = unknown.lag
  const lastError = failure
    ? {
        code: 'NO_ANSWER',
        message: failure,
        time: timeText(now),
        act: 'person' as const,
        function: check.functionName,
      }
    : null
  return [{ function: 'check', ok: !failure, lastRun: timeText(now), lastError, result: {}, unknown: {} }]
}

function connectorOf(gathered: Gathered): ConnectorHealth {
  const { subject, mappings = [], metrics, log, companions, unknown } = gathered
  const [{ state, reason, act }, ...others] = findingsOf(signsOf(gathered))
  const { lag, oldestUnread, oldestUnreadAgeMs } = unreadOf(gathered)
  const lastSuccess = Math.max(metrics?.lastSuccess ?? 0, log?.lastDelivery ?? 0)
  if (lastSuccess > 0) delete unknown.lastSuccess
  return {
    ...{ name: subject.connector, type: subject.type },
    topics: subject.topics ?? mappings.map(({ topic }) => topic).toSorted(),
    pattern: subject.pattern ?? null,
    ...{ state, reason, act, findings: [{ state, reason, act }, ...others] },
    mappings: mappings.map(toMappingHealth),
    ...{ lag, oldestUnread, oldestUnreadAgeMs },
    recordsInPerMinute: metrics?.recordsInPerMinute ?? null,
    recordsOutPerMinute: metrics?.recordsOutPerMinute ?? null,
    failed24h: metrics?.failed24h ?? null,
    stops24h: metrics?.stops24h ?? null,
    lastSuccess: lastSuccess > 0 ? timeText(lastSuccess) : null,
    lastError: log?.lastError ?? null,
    companions,
    staged: metrics?.staged ?? null,
    unknown,
  }
}

function toMappingHealth({ topic, state, lastResult }: DeployedMapping) {
  return { topic, state, lastResult: lastResult ?? null }
}

/** The lag and the oldest unread record of all partitions. Where the cluster can't be asked, the lag is CloudWatch's. */
function unreadOf({ positions, partitions, metrics, unknown }: Gathered) {
  if (!positions) {
    const lag = metrics?.offsetLag ?? null
    if (lag !== null) {
      unknown.exactLag = unknown.lag ?? ''
      delete unknown.lag
    }
    return { lag, oldestUnread: null, oldestUnreadAgeMs: null }
  }
  const unasked = partitions.find(({ unknown }) => unknown.oldestUnread)
  if (unasked) unknown.oldestUnread = `${unasked.topic}-${unasked.partition}: ${unasked.unknown.oldestUnread}`
  const [oldest] = partitions
    .filter(({ oldestUnread }) => oldestUnread !== null)
    .toSorted((one, other) => (other.oldestUnreadAgeMs ?? 0) - (one.oldestUnreadAgeMs ?? 0))
  return {
    lag: partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
    oldestUnread: oldest?.oldestUnread ?? null,
    oldestUnreadAgeMs: oldest?.oldestUnreadAgeMs ?? null,
  }
}

function signsOf(gathered: Gathered): Signs {
  const { subject, now, unknown, problem, mappings = [], metrics, positions, log, companions, partitions } = gathered
  const { lag, oldestUnreadAgeMs } = unreadOf(gathered)
  const mapped = new Set(mappings.map(({ topic }) => topic))
  const lastError = log?.lastError ?? null
  const endOfMinute = metrics?.lastSuccess ? Math.min(metrics.lastSuccess + MINUTE_MS, now) : null
  return {
    now,
    isDeployed: problem !== undefined || mappings.length > 0 || unknown.mappings !== undefined,
    functionProblem: problem ?? undefined,
    pattern: subject.pattern,
    mappings: mappings.map(toMappingHealth),
    unmapped: unknown.mappings ? [] : (subject.topics ?? []).filter(topic => !mapped.has(topic)),
    goneTopics: Object.keys(positions ?? {}).filter(topic => positions?.[topic] === null),
    lastSuccess: log?.lastDelivery ?? endOfMinute,
    lastError,
    isErrorOfRecords: lastError !== null && isAboutRecords(lastError.code),
    isWaiting: positions && (lag ?? 0) > 0,
    stopped: positions ? stoppedOf(partitions, log) : log ? stoppedByLog(log, now) : [],
    invocations: metrics?.invocations,
    failedLately: metrics?.failedLately ?? 0,
    companions,
    lag,
    mostLag: subject.mostLag,
    oldestUnreadAgeMs,
  }
}
