import type { FunctionLogs } from '../cloudwatch/logs.ts'
import { parseJson } from '../parse-json.ts'
import type { Failure, LastDelivery } from './model.ts'
import { actorOf } from './record-error.ts'
import { timeText } from './subject.ts'

/** The lines about records that were delivered. */
const deliveries = ['Object written', 'Batch staged', 'Records replicated']

/** The line about a partition that has stopped at a record. */
const STOPPED = 'Partition stopped'

/** Of the lines in CloudWatch. Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax". */
const ERRORS = '{ $.level = "ERROR" }'
const ERRORS_AND_DELIVERIES = `{ ${['$.level = "ERROR"', ...deliveries.map(text => `$.message = "${text}"`)].map(one => `(${one})`).join(' || ')} }`

/** Lines that are read at most, so that a service that fails in a loop can't keep a command busy. */
export const MAX_LINES = 20_000

/** What one topic-partition's lines say. */
export interface PartitionLog {
  lastDelivery?: LastDelivery
  /** Records that were delivered since the begin of the log that was read. */
  delivered: number
  lastError?: Failure
  /** The newest error at which it stopped, unless it has delivered anything since. */
  stop?: Failure
}

/** What the log of a connector's function says. */
export interface LogSigns {
  /** By topic and partition: see {@link placeName}. */
  partitions: Map<string, PartitionLog>
  /** When records were last delivered, in milliseconds since the epoch. */
  lastDelivery?: number
  lastError?: Failure
  /** Whether deliveries were read. Of a log that is too long, errors alone are. */
  hasDeliveries: boolean
}

export const placeName = (topic: string, partition: number) => `${topic}-${partition}`

interface Line {
  level?: string
  message?: string
  topic?: string
  partition?: number
  firstOffset?: number
  records?: number
  key?: string
  target?: string
  targetOffset?: number
  errorCode?: string
  errorType?: string
  errorMessage?: string
}

interface Window {
  /** In milliseconds since the epoch. */
  since: number
  /** Deliveries from this time on are counted. */
  rateSince: number
  onlyErrors?: boolean
}

type Logs = Pick<FunctionLogs, 'matching'>

/**
 * Reads errors and deliveries. A log is read from its oldest line, so one of more than {@link MAX_LINES} lines is read again
 * without deliveries: what is missed must not be the newest error.
 */
export async function readLog(logs: Logs, functionName: string, window: Window): Promise<LogSigns> {
  const signs = await readLines(logs, functionName, window)
  return signs ?? (await readLines(logs, functionName, { ...window, onlyErrors: true })) ?? noSigns(false)
}

const noSigns = (hasDeliveries: boolean): LogSigns => ({ partitions: new Map(), hasDeliveries })

/** @returns undefined when deliveries make it too long */
async function readLines(
  logs: Logs,
  functionName: string,
  { since, rateSince, onlyErrors = false }: Window,
): Promise<LogSigns | undefined> {
  const signs = noSigns(!onlyErrors)
  let count = 0
  for await (const events of logs.matching(functionName, since, onlyErrors ? ERRORS : ERRORS_AND_DELIVERIES)) {
    for (const { message, timestamp } of events) {
      const line = message.startsWith('{') ? (parseJson(message) as Line | undefined) : undefined
      if (line) takeLine(line, timestamp, functionName, rateSince, signs)
    }
    count += events.length
    if (count > MAX_LINES) return onlyErrors ? signs : undefined
  }
  return signs
}

function takeLine(line: Line, time: number, functionName: string, rateSince: number, signs: LogSigns): void {
  const { topic, partition = -1, message = '' } = line
  const partitionLog = topic === undefined ? undefined : logOf(signs, topic, partition)
  if (deliveries.includes(message)) {
    signs.lastDelivery = Math.max(signs.lastDelivery ?? 0, time)
    if (!partitionLog) return
    partitionLog.lastDelivery = deliveryOf(line, time)
    if (time >= rateSince) partitionLog.delivered += line.records ?? 0
    partitionLog.stop = undefined
  } else if (line.level === 'ERROR') {
    const failure = failureOf(line, time, functionName)
    signs.lastError = failure
    if (!partitionLog) return
    partitionLog.lastError = failure
    if (message === STOPPED) partitionLog.stop = failure
  }
}

function logOf({ partitions }: LogSigns, topic: string, partition: number): PartitionLog {
  const name = placeName(topic, partition)
  const known = partitions.get(name) ?? { delivered: 0 }
  partitions.set(name, known)
  return known
}

function deliveryOf({ key, target, partition, targetOffset }: Line, time: number): LastDelivery {
  if (target === undefined) return { time: timeText(time), key }
  // The offset is told only where records keep their partition.
  const place = targetOffset === undefined ? {} : { partition, offset: targetOffset }
  return { time: timeText(time), topic: target, ...place }
}

/** An error as a line tells it. */
export function failureOf(line: Line, time: number, functionName: string): Failure {
  const { errorCode, errorType, errorMessage, message = '', topic, partition, firstOffset } = line
  const code = errorCode ?? errorType ?? 'UNEXPECTED'
  return {
    code,
    message: errorMessage ?? message,
    time: timeText(time),
    act: actorOf(code),
    function: functionName,
    ...(topic === undefined ? {} : { topic }),
    ...(partition === undefined ? {} : { partition }),
    ...(firstOffset === undefined || firstOffset < 0 ? {} : { offset: firstOffset }),
  }
}
