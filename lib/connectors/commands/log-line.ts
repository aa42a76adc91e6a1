import { parseJson } from '../../parse-json.ts'

/** Fields that every line has and that tell nothing here. */
const OMITTED = [
  ...['level', 'message', 'timestamp', 'service', 'connector', 'sampling_rate', 'cold_start', 'xray_trace_id'],
  ...['function_arn', 'function_memory_size', 'function_name', 'function_request_id', 'act'],
]

/** A structured line of a function's log. */
export interface LogLine {
  level: string
  message: string
  [field: string]: unknown
}

/** Parses a line that a function printed; undefined for one that is not structured. */
export function parseLogLine(line: string): LogLine | undefined {
  const entry = line.startsWith('{') ? (parseJson(line) as LogLine | undefined) : undefined
  return typeof entry?.message === 'string' ? entry : undefined
}

/** What a line says besides its level and message. */
export function toldFields(line: LogLine): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(line).filter(([name, value]) => !OMITTED.includes(name) && value !== undefined),
  )
}

/** Fields for a terminal. */
export function fieldsText(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('  ')
}

/** A structured line, shortened for a terminal. */
export function shortLogLine(line: LogLine): string {
  return [line.level.padEnd(5), line.message, fieldsText(toldFields(line))].filter(part => part !== '').join('  ')
}
