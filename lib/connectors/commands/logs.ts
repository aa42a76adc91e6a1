import { setTimeout as sleep } from 'node:timers/promises'
import type { LogEvent } from '../../cloudwatch/logs.ts'
import { type CommandContext, CommandError, connectorNamed } from './command.ts'
import { parseLogLine, shortLogLine } from './log-line.ts'

export interface LogsOptions {
  name: string
  /** How far to look back: `30s`, `10m`, `2h`, `1d`. */
  since?: string
  /** Keeps printing new lines until the process ends. */
  tail?: boolean
}

const DEFAULT_SINCE = '10m'
const PAUSE_MS = 1_000
/** How late a line may arrive, compared with the newest: lines come from several instances. */
const LATE_MS = 15_000
const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Prints what a connector's function logged. */
export async function logs({ connectors, deployment, write }: CommandContext, options: LogsOptions): Promise<void> {
  const connector = connectorNamed(options.name, connectors)
  const functionName = deployment.functionName(connector)
  const { since = DEFAULT_SINCE, tail } = options
  let from = Date.now() - millisecondsOf(since)
  let known = new Set<string>()
  do {
    const events = await deployment.logs.since(functionName, from)
    if (!events) throw new CommandError(`${connector.name} has no log; is it deployed?`)
    const told = events.filter(event => !known.has(event.id) && isForPeople(event))
    for (const event of told) write(textOf(event))
    if (told.length === 0 && !tail) write(`${connector.name} logged nothing in the last ${since}.`)
    const newest = events.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0)
    from = Math.max(from, newest - LATE_MS)
    // The next request starts early enough for late lines, so it returns these again.
    known = new Set(events.filter(({ timestamp }) => timestamp >= from).map(({ id }) => id))
    if (tail) await sleep(PAUSE_MS)
  } while (tail)
}

function millisecondsOf(since: string): number {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(since) ?? []
  if (number === undefined) throw new CommandError(`--since: expected a time such as 30s, 10m, 2h or 1d, got ${since}`)
  return Number(number) * (units[unit] ?? 0)
}

/** Leaves out metrics, which are log lines for CloudWatch. */
function isForPeople({ message }: LogEvent): boolean {
  return !message.startsWith('{"_aws"')
}

/** A structured line, shortened; any other line unchanged. */
function textOf({ timestamp, message }: LogEvent): string {
  const time = new Date(timestamp).toISOString().slice(0, 19).replace('T', ' ')
  const line = parseLogLine(message)
  return `${time}  ${line ? shortLogLine(line) : message}`
}
