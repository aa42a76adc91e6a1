import { CodedError } from '../error.ts'
import { parseJson } from '../parse-json.ts'

const SCHEMA = 1

/**
 * Reads the JSON of a snapshot.
 *
 * @param contentOf what it holds besides `schema` and `time`; undefined when that is not what a snapshot holds
 * @throws CodedError `SNAPSHOT_UNREADABLE`
 */
export function parseSnapshot<Content extends object>(
  key: string,
  text: Buffer,
  contentOf: (fields: Record<string, unknown>) => Content | undefined,
): Content & { schema: typeof SCHEMA; time: number } {
  const parsed = parseJson(text.toString())
  const reason = faultOf(parsed)
  const content = reason === undefined ? contentOf(parsed as Record<string, unknown>) : undefined
  if (content === undefined) throw unreadable(key, reason ?? 'it lacks fields of a snapshot, or has wrong ones')
  return { schema: SCHEMA, time: (parsed as { time: number }).time, ...content }
}

function faultOf(parsed: unknown): string | undefined {
  if (parsed === undefined) return 'it is cut off, or not JSON'
  if (!isRecord(parsed)) return 'it is not a JSON object'
  const { schema, time } = parsed
  if (schema !== SCHEMA)
    return `it has the schema ${JSON.stringify(schema)?.slice(0, 20)}, and this version reads ${SCHEMA}`
  return typeof time === 'number' && Number.isFinite(time) ? undefined : 'it doesn’t tell its time'
}

export function unreadable(key: string, reason: string): CodedError {
  return new CodedError('SNAPSHOT_UNREADABLE', `The snapshot ${key} can’t be read: ${reason}`)
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
