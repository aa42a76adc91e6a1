import type { PathFolder } from '../../objects/path-folder.ts'
import type { PathPart, Unit } from '../../objects/time-path.ts'
import type { Column } from './athena-columns.ts'

/** A partition key whose values Athena computes instead of looking them up, and how: `projection.<name>.<property>`. */
export interface ProjectedColumn extends Column {
  projection: Record<string, string>
}

/** The years that are projected. What is in other years' folders, and in those without a time, is not part of the table. */
const FIRST_YEAR = '2000'
const LAST_YEAR = '2099'

/**
 * Athena computes `digits` from the number, so that month 3 is the folder 03. Source: Amazon Athena User Guide, "Supported
 * types for partition projection".
 */
const units: Record<
  Unit,
  { java: string; range: string; digits: string; interval: string; first: string; last: string }
> = {
  year: {
    java: 'yyyy',
    range: `${FIRST_YEAR},${LAST_YEAR}`,
    digits: '4',
    interval: 'YEARS',
    first: FIRST_YEAR,
    last: LAST_YEAR,
  },
  month: { java: 'MM', range: '1,12', digits: '2', interval: 'MONTHS', first: '01', last: '12' },
  day: { java: 'dd', range: '1,31', digits: '2', interval: 'DAYS', first: '01', last: '31' },
  hour: { java: 'HH', range: '0,23', digits: '2', interval: 'HOURS', first: '00', last: '23' },
  minute: { java: 'mm', range: '0,59', digits: '2', interval: 'MINUTES', first: '00', last: '59' },
}
const unitNames = Object.keys(units) as Unit[]

/** A column for a folder: a number for one unit, a date for several, and for a field whatever the query asks for. */
export function projectedFolder(folder: PathFolder): ProjectedColumn {
  const { value, name = nameOf(value) } = folder
  if (value === 'field') return { name, ...injected }
  const [first, ...others] = value
  if (first && 'unit' in first && others.length === 0) {
    const { range, digits } = units[first.unit]
    return { name, type: 'int', projection: { type: 'integer', range, digits } }
  }
  return isDate(value) ? { name, ...dateOf(value) } : { name, ...injected }
}

/** The topic's folder: one of those that are read, or with a pattern the one that the query asks for. */
export function projectedTopic(topics: readonly string[] | undefined): ProjectedColumn {
  const name = 'topic'
  return topics
    ? { name, type: 'string', projection: { type: 'enum', values: topics.join(',') } }
    : { name, ...injected }
}

/** Athena takes the values from the query, which has to name one with `=` or `IN`. */
const injected = { type: 'string', projection: { type: 'injected' } }

/** Whether the units, from the year on, are those of a date: no format can be parsed without the larger units. */
function isDate(value: PathPart[]): boolean {
  const used = unitsIn(value)
  return unitNames.slice(0, new Set(used).size).every(unit => used.includes(unit))
}

function dateOf(value: PathPart[]): Omit<ProjectedColumn, 'name'> {
  const used = unitsIn(value)
  const smallest = unitNames.findLast(unit => used.includes(unit)) ?? 'day'
  const render = (unitText: (unit: Unit) => string, literal: (text: string) => string = text => text) =>
    value.map(part => ('unit' in part ? unitText(part.unit) : literal(part.text))).join('')
  return {
    type: 'string',
    projection: {
      type: 'date',
      format: render(unit => units[unit].java, inJava),
      range: `${render(unit => units[unit].first)},${render(unit => units[unit].last)}`,
      interval: '1',
      'interval.unit': units[smallest].interval,
    },
  }
}

/** Letters are units in Java, unless they are quoted. */
const inJava = (text: string) => (/[A-Za-z]/.test(text) ? `'${text}'` : text)

function unitsIn(value: PathPart[]): Unit[] {
  return value.flatMap(part => ('unit' in part ? part.unit : []))
}

/** A name for a folder that has none: its units. */
function nameOf(value: PathFolder['value']): string {
  return value === 'field' ? 'field' : unitsIn(value).join('_')
}
