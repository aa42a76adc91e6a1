import type { KafkaRecord } from '../record.ts'
import type { Partitioner } from './partitioner.ts'

type Unit = 'year' | 'month' | 'day' | 'hour' | 'minute'

/** A piece of a time path: a unit, or text as it stands. */
type PathPart = { unit: Unit } | { text: string }

/** The folders of a time path. */
export type PathFormat = PathPart[][]

const units: Record<string, Unit> = { yyyy: 'year', YYYY: 'year', MM: 'month', dd: 'day', HH: 'hour', mm: 'minute' }

const PATH_PART = /'([A-Za-z0-9._=,@-]+)'|([A-Za-z_]\w*(?==))|(yyyy|YYYY|MM|dd|HH|mm)|([._=,@-]+)/y

/**
 * Reads a time path's format, as `year=yyyy/month=MM/day=dd`, `yyyy/MM/dd/HH` or `dt=yyyy-MM-dd`; undefined when it is
 * none. Units are `yyyy` or `YYYY`, `MM`, `dd`, `HH` and `mm`. Other words stand before `=` or in single quotes, as in the
 * `path.format` of the Kafka Connect S3 sink connector. Each unit needs the larger ones, which also finds `mm` for `MM`.
 */
export function parsePathFormat(text: string): PathFormat | undefined {
  const folders = text.split('/').map(parseFolder)
  if (folders.some(folder => folder === undefined || !holdsUnit(folder))) return undefined
  const format = folders as PathFormat
  const used = new Set(format.flat().flatMap(part => ('unit' in part ? part.unit : [])))
  const order: Unit[] = ['year', 'month', 'day', 'hour', 'minute']
  return order.slice(0, used.size).every(unit => used.has(unit)) ? format : undefined
}

const holdsUnit = (folder: PathPart[]) => folder.some(part => 'unit' in part)

function parseFolder(text: string): PathPart[] | undefined {
  const parts: PathPart[] = []
  PATH_PART.lastIndex = 0
  while (PATH_PART.lastIndex < text.length) {
    const match = PATH_PART.exec(text)
    if (!match) return undefined
    const [, quoted, name, unit, punctuation] = match
    parts.push(unit ? { unit: units[unit] as Unit } : { text: quoted ?? name ?? (punctuation as string) })
  }
  return parts
}

/** The columns that query engines take the format's folders for: `month` of `month=MM`, none of `MM`. */
export function timeColumns(format: PathFormat): string[] {
  return format.map(beforeUnits).flatMap(text => /^([^=]+)=/.exec(text)?.[1] ?? [])
}

/** Formats with names of their own. */
export const timePresets = {
  daily: parsePathFormat('year=yyyy/month=MM/day=dd') as PathFormat,
  hourly: parsePathFormat('year=yyyy/month=MM/day=dd/hour=HH') as PathFormat,
}

/** Whether the runtime knows the time zone: an IANA name such as `Europe/Berlin`, or `UTC`. */
export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

/** What Hive, Spark, Athena and DuckDB take as no value. */
export const NO_VALUE = '__HIVE_DEFAULT_PARTITION__'

/** Paths kept for the next records of the same minute. */
const MAX_MINUTES = 1_000
const MINUTE_MS = 60_000

/** The last millisecond that a date can say. Source: ECMA-262, "Time Values and Time Range". */
const LAST_MS = 8.64e15

/**
 * By the record's timestamp, in the time zone; where the platform gives none, by the time of its event; without either a
 * folder's value is {@link NO_VALUE}. An hour that daylight saving time repeats is one folder.
 */
export function timePartitioner(format: PathFormat, timeZone: string): Partitioner {
  const clock = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', calendar: 'gregory', numberingSystem: 'latn' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  })
  const paths = new Map<number, string>()
  const pathAt = (minute: number) => {
    const known = paths.get(minute)
    if (known !== undefined) return known
    const parts = clock.formatToParts(minute * MINUTE_MS).map(({ type, value }) => [type, value])
    const path = render(format, Object.fromEntries(parts))
    if (paths.size === MAX_MINUTES) paths.clear()
    paths.set(minute, path)
    return path
  }
  const none = format.map(withoutTime).join('/')
  return {
    pathOf(record) {
      const time = timeOf(record)
      return time === undefined ? none : pathAt(Math.floor(time / MINUTE_MS))
    },
    pattern: `(?:${RegExp.escape(none)}|${format.map(patternOf).join('/')})`,
    longestPath: Math.max(none.length, render(format, { year: '275760' }).length),
  }
}

/** No zone has had an offset of less than a minute since 1972, so a minute is on one side of every change. */
function timeOf({ timestamp, eventTime = -1 }: KafkaRecord): number | undefined {
  return [timestamp, eventTime].find(time => time >= 0 && time <= LAST_MS)
}

function render(format: PathFormat, values: Partial<Record<Unit, string>>): string {
  const text = (part: PathPart) => ('unit' in part ? (values[part.unit] ?? '00') : part.text)
  return format.map(folder => folder.map(text).join('')).join('/')
}

/** `month=MM` without a time is `month=__HIVE_DEFAULT_PARTITION__`, as query engines read it. */
function withoutTime(folder: PathPart[]): string {
  return beforeUnits(folder) + NO_VALUE
}

function beforeUnits(folder: PathPart[]): string {
  const firstUnit = folder.findIndex(part => 'unit' in part)
  const before = folder.slice(0, firstUnit).map(part => ('text' in part ? part.text : ''))
  return before.join('')
}

function patternOf(folder: PathPart[]): string {
  const pattern = (part: PathPart) => {
    if ('text' in part) return RegExp.escape(part.text)
    return part.unit === 'year' ? String.raw`\d{4,6}` : String.raw`\d{2}`
  }
  return folder.map(pattern).join('')
}
