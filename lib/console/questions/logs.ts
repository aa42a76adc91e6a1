import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { connectorNamed } from '../../connectors/commands/command.ts'
import { ConnectorLog, type LoggedLine, lineDocument } from '../../connectors/commands/connector-log.ts'
import type { ShownLine } from '../api/index.ts'
import type { FollowedQuestion } from '../question.ts'
import { connectorName } from './named.ts'

/** Lines of one reading: more than a person reads. Of a longer reading, the newest ones are sent. */
const MAX_LINES = 1_000

/** The length of an answer, as JSON. A page shows it at once, and it is far below what a connection of a slow machine holds. */
const MAX_ANSWER = 256 * 1024

/** The longest text of a line, in characters: a stack fits into it, and a payload that somebody logs does not. */
const MAX_TEXT = 4_000

const text = z.string().max(200).optional()

/** What the connector's functions log, while somebody looks. */
export const logs: FollowedQuestion<'logs'> = {
  args: z.strictObject({ name: connectorName, since: text, level: text, code: text, function: text }),
  async *follow({ service: { connectors, deployment } }, { name, ...filter }, signal) {
    const log = new ConnectorLog(connectorNamed(name, connectors), deployment, filter)
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const lines = await newestOf(log, signal)
      // The first answer also says that there is nothing.
      if (isFirst && lines.length === 0) yield []
      yield* partsOf(lines)
      await sleep(log.pauseMs, undefined, { signal })
    }
  },
}

async function newestOf(log: ConnectorLog, signal: AbortSignal): Promise<LoggedLine[]> {
  let lines: LoggedLine[] = []
  for await (const line of log.read(signal)) {
    signal.throwIfAborted()
    lines.push(line)
    // Not line by line: moving all of them for each one would take long.
    if (lines.length >= 2 * MAX_LINES) lines = lines.slice(-MAX_LINES)
  }
  return lines.slice(-MAX_LINES)
}

function* partsOf(lines: LoggedLine[]): Generator<ShownLine[]> {
  let part: ShownLine[] = []
  let length = 0
  for (const line of lines) {
    const shown = shownLine(line)
    part.push(shown)
    length += JSON.stringify(shown).length
    if (length < MAX_ANSWER) continue
    yield part
    part = []
    length = 0
  }
  if (part.length > 0) yield part
}

function shownLine(line: LoggedLine): ShownLine {
  const { message, fields, ...document } = lineDocument(line)
  const shown = Object.entries(fields).map(([name, value]) => [name, shownField(value)])
  return { ...document, id: line.id, message: cut(message), fields: Object.fromEntries(shown) }
}

function shownField(value: unknown): unknown {
  if (typeof value === 'string') return cut(value)
  const json = JSON.stringify(value) ?? ''
  return json.length > MAX_TEXT ? cut(json) : value
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} … (${text.length - MAX_TEXT} more characters)` : text
}
