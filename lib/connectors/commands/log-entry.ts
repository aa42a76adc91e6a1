import { type Act, errorCodes, isErrorCode } from '../../error.ts'
import type { LogLevel } from '../../observability/logger.ts'

/**
 * What a line of a log is. `line`: a structured line of a function. `report`: how an invocation went. `start`: a cold start.
 * `timeout`, `memory`, `crash`: how an invocation was ended by the platform. `text`: anything else.
 */
export const entryKinds = ['line', 'report', 'start', 'timeout', 'memory', 'crash', 'text'] as const
export type EntryKind = (typeof entryKinds)[number]

/** A line of a log, as far as it is understood. */
export interface LogEntry {
  kind: EntryKind
  level: LogLevel
  message: string
  /** An error code, or the type of another error. */
  code?: string
  /** Who has to act, by the line itself or by its code. */
  act?: Act
  /** What else it says. */
  fields: Record<string, unknown>
}

/** Who has to act, by an error code; undefined for other types of errors. */
export function actOf(code: string | undefined): Act | undefined {
  return code !== undefined && isErrorCode(code) ? errorCodes[code].act : undefined
}
