import type { KafkaRecord } from '../record.ts'
import type { Partitioner } from './partitioner.ts'

export type Unit = 'year' | 'month' | 'day' | 'hour' | 'minute'

/** A piece of a time path: a unit, or literal text. */
export type PathPart = { unit: Unit } | { text: string }

/** The folders of a time path. */
export type PathFormat = PathPart[][]

const units: Record<string, Unit> = { yyyy: 'year', YYYY: 'year', MM: 'month', dd: 'day', HH: 'hour', mm: 'minute' }

const PATH_PART = /'([A-Za-z0-9._=,@-]+)'|([A-Za-z_]\w*(?==))|(yyyy|YYYY|MM|dd|HH|mm)|([._=,@-]+)/y

/**
 * Parses the format of a time path, such as `year=yyyy/month=MM/day=dd`, `yyyy/MM/dd/HH` or `dt=yyyy-MM-dd`; undefined for
 * any other text. Units are `yyyy` or `YYYY`, `MM`, `dd`, `HH` and `mm`. Other words come before `=` or in single quotes, as
 * in the `path.format` of the Kafka Connect S3 sink connector. Each unit requires the larger ones, which also catches `mm`
 * written for `MM`.
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

/** The columns that query engines make of the folders: `month` of `month=MM`, none of `MM`. */
export function timeColumns(format: PathFormat): string[] {
  return format.map(beforeUnits).flatMap(text => /^([^=]+)=/.exec(text)?.[1] ?? [])
}

/** Common formats that settings can choose by name. */
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

/** A folder's value that Hive, Spark, Athena and DuckDB read as null. */
export const NO_VALUE = '__HIVE_DEFAULT_PARTITION__'

/** Paths kept for further records of the same times. */
const MAX_PATHS = 1_000

/**
 * All times within a minute have the same path since offsets of time zones are whole minutes; before, within a second. The
 * last such offset was Liberia's, until 7 January 1972. Source: IANA time zone database.
 */
const MINUTE_MS = 60_000
const SECOND_MS = 1000
const WHOLE_MINUTES_SINCE = Date.UTC(1972, 1)

/** The first and last millisecond that a date can represent. Source: ECMA-262, "Time Values and Time Range". */
export const MAX_MS = 8.64e15

/**
 * Folders by a time in the time zone. Without a time, a folder's value is {@link NO_VALUE}; so it is before the year 0000 of
 * ISO 8601, which no year of four digits precedes. An hour that daylight saving time repeats is one folder.
 *
 * @param timeOf the record's time, in milliseconds since 1970 within {@link MAX_MS}; default: {@link recordTime}
 */
export function timePartitioner(
  format: PathFormat,
  timeZone: string,
  timeOf: (record: KafkaRecord) => number | undefined = recordTime,
): Partitioner {
  const clock = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', calendar: 'gregory', numberingSystem: 'latn' },
    ...{ era: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  })
  const none = format.map(withoutTime).join('/')
  const paths = new Map<number, string>()
  const pathAt = (time: number) => {
    const known = paths.get(time)
    if (known !== undefined) return known
    const parts = Object.fromEntries(clock.formatToParts(time).map(({ type, value }) => [type, value]))
    const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year)
    const path = year < 0 ? none : render(format, { ...parts, year: String(year).padStart(4, '0') })
    if (paths.size === MAX_PATHS) paths.clear()
    paths.set(time, path)
    return path
  }
  return {
    pathOf(record) {
      const time = timeOf(record)
      if (time === undefined) return none
      const step = time < WHOLE_MINUTES_SINCE ? SECOND_MS : MINUTE_MS
      return pathAt(Math.floor(time / step) * step)
    },
    pattern: `(?:${RegExp.escape(none)}|${format.map(patternOf).join('/')})`,
    longestPath: Math.max(none.length, render(format, { year: '275760' }).length),
    columns: timeColumns(format),
    readsValues: false,
  }
}

/** Source: Apache Kafka, `RecordBatch.NO_TIMESTAMP`. Other negative timestamps are times before 1970. */
const NO_TIMESTAMP = -1

/** The record's timestamp, else the time of the platform's event; undefined when a date can represent neither. */
function recordTime({ timestamp, eventTime = NO_TIMESTAMP }: KafkaRecord): number | undefined {
  return [timestamp, eventTime].find(time => time !== NO_TIMESTAMP && Math.abs(time) <= MAX_MS)
}

function render(format: PathFormat, values: Partial<Record<Unit, string>>): string {
  const text = (part: PathPart) => ('unit' in part ? (values[part.unit] ?? '00') : part.text)
  return format.map(folder => folder.map(text).join('')).join('/')
}

/** Without a time, `month=MM` becomes `month=__HIVE_DEFAULT_PARTITION__`, which query engines read as null. */
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
