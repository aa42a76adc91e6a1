import { parseJson } from '../../parse-json.ts'
import { actOf, type LogEntry } from './log-entry.ts'

/** How an invocation went, as Lambda reports it. Times are in milliseconds, memory in MB. */
interface Report {
  duration?: number
  init?: number
  memory?: number
  used?: number
  /** `timeout`, `error`, `failure`; absent or `success`: it ended by itself. */
  status?: string
  errorType?: string
}

/** The beginning and the end of an invocation: its report says all that they say. */
const FRAMES =
  /^(?:START RequestId: |END RequestId: |XRAY TraceId: |\{"time":"[^"]*","type":"platform\.(?:start|runtimeDone|initRuntimeDone|initReport|telemetrySubscription|extension)")/

/**
 * Whether a line is only about the beginning or the end of an invocation.
 *
 * Source: AWS Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs", and "Lambda Telemetry API Event schema
 * reference" for the log format JSON.
 */
export function isFrame(text: string): boolean {
  return FRAMES.test(text)
}

/** Understands a line of the platform, in either log format; undefined for other lines. */
export function platformEntry(text: string): LogEntry | undefined {
  return startEntry(text) ?? endEntry(text) ?? reportedEntry(text) ?? invokeErrorEntry(text)
}

function startEntry(text: string): LogEntry | undefined {
  const isStart = text.startsWith('INIT_START ') || /^\{"time":"[^"]*","type":"platform\.initStart"/.test(text)
  if (!isStart) return undefined
  const [, version = 'unknown'] = /(?:Runtime Version: |"runtimeVersion":")([^\s"]+)/.exec(text) ?? []
  return { kind: 'start', level: 'INFO', message: `A new instance starts, with the runtime ${version}.`, fields: {} }
}

/** A time that is over, and a process that was ended. Source: AWS Lambda Developer Guide, "Troubleshoot execution issues". */
function endEntry(text: string): LogEntry | undefined {
  const [, seconds] = /Task timed out after ([\d.]+) seconds/.exec(text) ?? []
  if (seconds !== undefined) return timeoutEntry(Number(seconds))
  if (text.includes('Runtime.OutOfMemory') && !text.startsWith('REPORT ')) return memoryEntry({})
  const [, reason] = /^RequestId: \S+ Error: (.+)/.exec(text) ?? []
  if (reason === undefined) return undefined
  return { kind: 'crash', level: 'ERROR', message: `The process was ended: ${reason}`, act: 'person', fields: {} }
}

function timeoutEntry(seconds?: number): LogEntry {
  const after = seconds === undefined ? '' : ` after ${Math.round(seconds * 10) / 10} s`
  const message = `The invocation timed out${after}. Kafka’s records come again. Raise timeoutSeconds, or lower the batch size.`
  return { kind: 'timeout', level: 'ERROR', message, act: 'person', fields: {} }
}

function memoryEntry({ used, memory }: Report): LogEntry {
  const [size, message] = [
    used === undefined ? '' : ` (${used} of ${memory} MB)`,
    'The process ran out of memory. Kafka’s records come again. Raise memorySize, or lower the batch size.',
  ]
  return {
    kind: 'memory',
    level: 'ERROR',
    message: message.replace('memory.', `memory${size}.`),
    act: 'person',
    fields: {},
  }
}

function reportedEntry(text: string): LogEntry | undefined {
  const report = textReport(text) ?? jsonReport(text)
  if (!report) return undefined
  const { duration, init, memory, used, status = 'success', errorType } = report
  if (errorType === 'Runtime.OutOfMemory') return memoryEntry(report)
  if (status === 'timeout') return timeoutEntry(duration === undefined ? undefined : duration / 1000)
  const times = [
    `${Math.round(duration ?? 0)} ms`,
    ...(init === undefined ? [] : [`${Math.round(init)} ms to start`]),
    ...(used === undefined ? [] : [`${used} of ${memory} MB`]),
  ]
  const isWell = status === 'success'
  return {
    kind: isWell ? 'report' : 'crash',
    level: isWell ? 'INFO' : 'ERROR',
    message: `${isWell ? 'Invocation' : `Invocation failed${errorType ? ` with ${errorType}` : ''}`}: ${times.join(', ')}`,
    fields: {},
  }
}

/** `REPORT RequestId: …`, whose parts are separated by tabs. */
function textReport(text: string): Report | undefined {
  if (!text.startsWith('REPORT ')) return undefined
  const value = (name: string) => new RegExp(`\\b${name}: (\\S+)`).exec(text)?.[1]
  const number = (name: string) => {
    const found = Number(value(name) ?? Number.NaN)
    return Number.isNaN(found) ? undefined : found
  }
  return {
    duration: number('(?<!Billed |Init |Restore )Duration'),
    init: number('Init Duration'),
    memory: number('Memory Size'),
    used: number('Max Memory Used'),
    status: value('Status'),
    errorType: value('Error Type'),
  }
}

function jsonReport(text: string): Report | undefined {
  if (!text.includes('"type":"platform.report"')) return undefined
  const { record } = (parseJson(text) ?? {}) as { record?: { status?: string; errorType?: string; metrics?: Metrics } }
  if (!record) return undefined
  const { durationMs, initDurationMs, memorySizeMB, maxMemoryUsedMB } = record.metrics ?? {}
  const { status, errorType } = record
  return { duration: durationMs, init: initDurationMs, memory: memorySizeMB, used: maxMemoryUsedMB, status, errorType }
}

type Metrics = Partial<Record<'durationMs' | 'initDurationMs' | 'memorySizeMB' | 'maxMemoryUsedMB', number>>

/** What an invocation threw, as the runtime logs it: time, request, level, words and the error, separated by tabs. */
function invokeErrorEntry(text: string): LogEntry | undefined {
  const [, label, json] = /^\S+\t\S+\tERROR\t([^\t{]*?)\s*\t(\{.*)$/s.exec(text) ?? []
  const thrown = json === undefined ? undefined : parseJson(json)
  if (typeof thrown !== 'object' || thrown === null) return undefined
  const { errorType, errorMessage } = thrown as { errorType?: unknown; errorMessage?: unknown }
  const code = typeof errorType === 'string' ? errorType : undefined
  const message = `${label || 'Error'}: ${typeof errorMessage === 'string' ? errorMessage : 'without a message'}`
  return { kind: 'crash', level: 'ERROR', message, code, act: code === undefined ? undefined : actOf(code), fields: {} }
}
