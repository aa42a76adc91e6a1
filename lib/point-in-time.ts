const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** ISO 8601 with its zone, or a day in UTC: a time without a zone would mean another moment on another machine. */
const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/** What a person may write as a point in time: reads after "expected". */
export const TIME_EXPECTED =
  'a time such as 2026-01-31T12:00:00Z or 2026-01-31, how long ago it was, such as 30s, 10m, 2h or 1d, or milliseconds since the epoch'

/**
 * A point in time, in milliseconds since the epoch; undefined for other text.
 *
 * @param now what a time ago is counted from, in milliseconds since the epoch
 */
export function parseTime(text: string, now: number): number | undefined {
  const ago = parseDuration(text)
  if (ago !== undefined) return now - ago
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const time = ISO.test(text) && hasDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

/** A time such as `30s`, `10m`, `2h` or `1d`, in milliseconds; undefined for other text. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  return number === undefined || unit === undefined ? undefined : Number(number) * (units[unit] as number)
}

/** Whether the month has the day: JavaScript takes February 30 for March 2. */
function hasDay(date: string): boolean {
  const parsed = new Date(date)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date)
}
