import { setTimeout as sleep } from 'node:timers/promises'
import { connectorNamed, type StreamingContext } from './command.ts'
import { ConnectorLog, type LogFilter, type LoggedLine, lineDocument } from './connector-log.ts'
import { logText } from './log-text.ts'

export interface LogsOptions extends LogFilter {
  name: string
  /** Keeps printing new lines until the process ends. */
  tail?: boolean
}

/** Prints what a connector's functions logged, line by line in the order of time. */
export async function logs(context: StreamingContext, { name, tail, ...filter }: LogsOptions): Promise<void> {
  const connector = connectorNamed(name, context.connectors)
  const log = new ConnectorLog(connector, context.deployment, filter)
  let printed = 0
  do {
    for await (const line of log.read()) {
      printed++
      if (!(await context.output.write(`${rendered(line, log, context)}\n`))) return
    }
    if (tail) await sleep(log.pauseMs)
  } while (tail)
  if (printed === 0) context.tell(nothingText(connector.name, log))
}

function nothingText(name: string, { from, isFiltered }: ConnectorLog): string {
  const since = new Date(from).toISOString()
  return isFiltered
    ? `No line of ${name} since ${since} matches these options.`
    : `Nothing of ${name} was logged since ${since}.`
}

function rendered(line: LoggedLine, { files }: ConnectorLog, { json }: StreamingContext): string {
  if (json) return JSON.stringify(lineDocument(line))
  const width = files.reduce((longest, file) => Math.max(longest, file.length), 0)
  return logText(line.timestamp, line.file, width, line.entry)
}
