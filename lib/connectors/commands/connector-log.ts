import type * as z from 'zod'
import type { LogEvent } from '../../cloudwatch/logs.ts'
import { type LogLevel, logLevels } from '../../observability/logger.ts'
import { parseTime, TIME_EXPECTED } from '../../point-in-time.ts'
import { whichInstead } from '../../which-instead.ts'
import type { Connector } from '../declaration/connector.ts'
import { functionNames } from '../resources/function.ts'
import { CommandError } from './command.ts'
import type { Deployment } from './deployment.ts'
import type { logsDocument } from './documents/logs.ts'
import { FollowedLog } from './followed-log.ts'
import type { LogEntry } from './log-entry.ts'
import { mergedByTime } from './merged-by-time.ts'
import { parseEntry } from './parse-entry.ts'

/** Which lines are wanted, as a person says it. */
export interface LogFilter {
  /** A file of `functions/`, such as `compact`, or the name of a function. */
  function?: string
  /** A point in time: `30s`, `10m`, `2026-01-31`. */
  since?: string
  /** The least level. */
  level?: string
  code?: string
  topic?: string
  partition?: string
}

const DEFAULT_SINCE = '10m'

/**
 * From one reading to the next, for each function that is read: CloudWatch accepts five requests a second from an account.
 * Source: Amazon CloudWatch Logs, "CloudWatch Logs quotas", `FilterLogEvents`.
 */
const PAUSE_MS = 500
const LEAST_PAUSE_MS = 1_000

/** A line that is for people, and the function that logged it. */
export interface LoggedLine {
  /** Unique in the log of its function. */
  id: string
  /** In milliseconds since the epoch. */
  timestamp: number
  file: string
  functionName: string
  entry: LogEntry
}

/** What is wanted of the lines. */
interface Wanted {
  level?: LogLevel
  code?: string
  topic?: string
  partition?: number
}

/** A function whose log is read. */
interface Followed {
  file: string
  name: string
  log: FollowedLog
}

/** What a connector's functions log, read again and again from where it was read to. */
export class ConnectorLog {
  /** Since when lines are read, in milliseconds since the epoch. */
  readonly from: number
  /** How long to wait before the next reading, in milliseconds. */
  readonly pauseMs: number
  readonly #name: string
  readonly #wanted: Wanted
  readonly #functions: Followed[]

  /** @throws CommandError that says what is wrong with the filter */
  constructor(connector: Connector, { service, logs }: Pick<Deployment, 'service' | 'logs'>, filter: LogFilter) {
    this.#name = connector.name
    this.#wanted = wantedOf(filter)
    this.from = startOf(filter)
    this.#functions = functionsOf(connector, service, filter.function).map(({ file, name }) => ({
      ...{ file, name },
      log: new FollowedLog(logs, name, this.from),
    }))
    this.pauseMs = Math.max(LEAST_PAUSE_MS, this.#functions.length * PAUSE_MS)
  }

  /** The files of the functions that are read. */
  get files(): string[] {
    return this.#functions.map(({ file }) => file)
  }

  /** Whether only some of the lines are wanted. */
  get isFiltered(): boolean {
    return Object.values(this.#wanted).some(filter => filter !== undefined)
  }

  /**
   * Wanted lines that were not read before, of all functions, in the order of time.
   *
   * @throws CommandError after the last line when none of the functions has a log
   */
  async *read(signal?: AbortSignal): AsyncGenerator<LoggedLine> {
    const now = Date.now()
    async function* linesOf({ file, name, log }: Followed) {
      for await (const events of log.read(now)) {
        signal?.throwIfAborted()
        yield events.flatMap(event => lineOf(event, file, name))
      }
    }
    for await (const line of mergedByTime(this.#functions.map(linesOf)))
      if (isWanted(line.entry, this.#wanted)) yield line
    if (this.#functions.every(({ log }) => !log.exists))
      throw new CommandError(`${this.#name} has no log; is it deployed?`)
  }
}

/** A line as `logs --json` prints it. */
export function lineDocument({ timestamp, file, functionName, entry }: LoggedLine): z.input<typeof logsDocument> {
  return { time: new Date(timestamp).toISOString(), function: file, functionName, ...entry }
}

/** @throws CommandError */
function startOf({ since = DEFAULT_SINCE }: LogFilter): number {
  const from = parseTime(since, Date.now())
  if (from === undefined) throw new CommandError(`--since: expected ${TIME_EXPECTED}, got ${since}`)
  return from
}

/** @throws CommandError */
function wantedOf({ level, code, topic, partition }: LogFilter): Wanted {
  const least = logLevels.find(one => one === level?.toUpperCase())
  if (level !== undefined && !least)
    throw new CommandError(`--level: expected one of ${logLevels.join(', ')}, got ${level}`)
  if (partition !== undefined && !/^\d{1,9}$/.test(partition))
    throw new CommandError(`--partition: expected a whole number from 0, got ${partition}`)
  return { level: least, code, topic, partition: partition === undefined ? undefined : Number(partition) }
}

/** The connector's functions, or the one that is named. @throws CommandError when it has no such function */
function functionsOf(connector: Connector, service: string, wanted: string | undefined) {
  const all = functionNames(connector, service)
  const chosen = all.filter(({ file, name }) => wanted === undefined || wanted === file || wanted === name)
  if (wanted !== undefined && chosen.length === 0) {
    const files = all.map(({ file }) => file)
    throw new CommandError(`${connector.name} has no function ${wanted}; ${whichInstead(wanted, files)}`)
  }
  return chosen
}

function lineOf({ id, timestamp, message }: LogEvent, file: string, functionName: string): LoggedLine[] {
  const entry = parseEntry(message)
  return entry ? [{ id, timestamp, file, functionName, entry }] : []
}

function isWanted({ level, code, fields }: LogEntry, wanted: Wanted): boolean {
  return (
    (wanted.level === undefined || logLevels.indexOf(level) >= logLevels.indexOf(wanted.level)) &&
    (wanted.code === undefined || code === wanted.code) &&
    (wanted.topic === undefined || fields.topic === wanted.topic) &&
    (wanted.partition === undefined || fields.partition === wanted.partition)
  )
}
