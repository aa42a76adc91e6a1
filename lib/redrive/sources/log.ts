import { type ParsedFailedRecordsLine, parseFailedRecordsLine } from '../../delivery/failed-records-line.ts'
import { parseJson } from '../../parse-json.ts'
import { fieldsOf, milliseconds } from '../../platforms/fields.ts'
import type { FailedSource, NamedFailure } from '../failed-source.ts'

/** A line of a log. */
export interface LoggedLine {
  text: string
  /** When it was logged, in milliseconds since the epoch; absent: as the line itself says. */
  time?: number
}

export interface LogSource {
  name: string
  /** `CONNECTOR_NAME`: one log may have the lines of several connectors. */
  connector: string
  /** The lines since a time in milliseconds since the epoch, or all; in any order. */
  lines(since: number): AsyncIterable<LoggedLine>
}

/** The log of a connector's function: it names every failed record, also those that a topic has. */
export function createLogSource({ name, connector, lines }: LogSource): FailedSource {
  return {
    name,
    async *list(since) {
      for await (const { text, time } of lines(since)) {
        const found = lineIn(parseJsonOf(text), DEEPEST)
        if (!found || (found.line.connector ?? connector) !== connector) continue
        const logged = time ?? found.time ?? -1
        if (logged !== -1 && logged < since) continue
        yield* failuresOf(found.line, logged)
      }
    },
  }
}

function* failuresOf(line: ParsedFailedRecordsLine, time: number): Generator<NamedFailure> {
  const { topic, partition, ranges, records, errorCode: code, message } = line
  const place = message === 'Partition stopped' ? WAITING : NAMED
  for (const [first, last] of ranges) yield { topic, partition, first, last, code, time, place }
  if (ranges.length === 0) yield { topic, partition, first: -1, last: -1, records, code, time, place }
}

const WAITING = { kind: 'waiting' } as const
const NAMED = { kind: 'kafka', named: 'log' } as const

/** Some runtimes and collectors put a prefix before a line: a time, the stream, a level. */
function parseJsonOf(text: string): unknown {
  const begin = text.indexOf('{')
  return begin < 0 ? undefined : parseJson(text.slice(begin))
}

/** How deep a collector may put a line into fields of its own. */
const DEEPEST = 3

interface FoundLine {
  line: ParsedFailedRecordsLine
  time?: number
}

/** The line itself, or one in a field of what a collector has made of it: as an object, or as text. */
function lineIn(value: unknown, depth: number): FoundLine | undefined {
  const fields = fieldsOf(value)
  if (!fields) return undefined
  const line = parseFailedRecordsLine(fields)
  if (line) return { line, time: milliseconds(fields.timestamp) }
  if (depth === 0) return undefined
  for (const field of Object.values(fields)) {
    const isText = typeof field === 'string' && field.includes('{')
    const found = lineIn(isText ? parseJsonOf(field) : field, depth - 1)
    if (found) return found
  }
  return undefined
}
