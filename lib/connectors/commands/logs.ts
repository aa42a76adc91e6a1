import { setTimeout as sleep } from 'node:timers/promises'
import type { LogEvent } from '../../cloudwatch/logs.ts'
import { type CommandContext, CommandError, connectorNamed } from './command.ts'

export interface LogsOptions {
  name: string
  /** How far to look back: `30s`, `10m`, `2h`, `1d`. */
  since?: string
  /** Goes on with what comes, until the process is ended. */
  tail?: boolean
}

const DEFAULT_SINCE = '10m'
const PAUSE_MS = 1_000
const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What is in every line and tells nothing here. */
const UNTOLD = [
  ...['level', 'message', 'timestamp', 'service', 'connector', 'sampling_rate', 'cold_start', 'xray_trace_id'],
  ...['function_arn', 'function_memory_size', 'function_name', 'function_request_id'],
]

/** What a connector's function logged, a line for each. */
export async function logs({ connectors, deployment, write }: CommandContext, options: LogsOptions): Promise<void> {
  const connector = connectorNamed(options.name, connectors)
  const functionName = deployment.functionName(connector)
  let from = Date.now() - millisecondsOf(options.since ?? DEFAULT_SINCE)
  do {
    const events = await deployment.logs.since(functionName, from)
    for (const event of events.filter(isForPeople)) write(textOf(event))
    from = Math.max(from, ...events.map(({ timestamp }) => timestamp + 1))
    if (options.tail) await sleep(PAUSE_MS)
  } while (options.tail)
}

function millisecondsOf(since: string): number {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(since) ?? []
  if (number === undefined) throw new CommandError(`--since: expected a time such as 30s, 10m, 2h or 1d, got ${since}`)
  return Number(number) * (units[unit] ?? 0)
}

/** Metrics are lines, too, for CloudWatch. */
function isForPeople({ message }: LogEvent): boolean {
  return !message.startsWith('{"_aws"')
}

/** A structured line in short, anything else as it is. */
function textOf({ timestamp, message }: LogEvent): string {
  const time = new Date(timestamp).toISOString().slice(0, 19).replace('T', ' ')
  const entry = parse(message)
  if (!entry || typeof entry.message !== 'string') return `${time}  ${message}`
  const told = Object.entries(entry).filter(([name, value]) => !UNTOLD.includes(name) && value !== undefined)
  const fields = told.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return [`${time}  ${String(entry.level).padEnd(5)}  ${entry.message}`, ...fields].join('  ')
}

function parse(message: string): Record<string, unknown> | undefined {
  try {
    return message.startsWith('{') ? JSON.parse(message) : undefined
  } catch {
    return undefined
  }
}
