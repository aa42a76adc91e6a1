import { code, count, markdownTable } from '../../support/markdown.ts'
import { stepNames } from '../function/profile-step.ts'
import type { GrowthPoint, GrowthResult, GrowthSeries } from '../growth/result.ts'
import type { Section } from './section.ts'
import { hundredths, spreadText } from './spread-text.ts'

/** How the cost of the functions grows with what they are given. */
export const growthSection: Section<GrowthResult> = {
  results: 'growth',
  tables: {
    'growth of dump': result => growthTables('dump', result),
    'growth of replicate': result => growthTables('replicate', result),
    'profiles of growth': profilesTable,
  },
  pictures: {},
}

/** What differs within a series. */
const titles: Record<GrowthSeries['quantity'], string> = {
  records: 'records',
  partitions: 'partitions',
  batch: 'records of a batch',
  recordBytes: 'bytes of a record',
}

function growthTables(name: GrowthSeries['function'], { command, machine, date, series }: GrowthResult): string {
  const own = series.filter(series => series.function === name)
  return [`${code(command)}. ${machine}, ${date}.`, ...own.map(growthTable)].join('\n\n')
}

function growthTable({ quantity, points }: GrowthSeries): string {
  const others = quantity === 'records' ? [] : ['records']
  const head = [titles[quantity], ...others, 'events', 'requests', ...FIGURES]
  const rows = points.map(point => [
    count(point[quantity]),
    ...others.map(() => count(point.records)),
    ...[point.events, point.requests.median].map(count),
    ...figuresOf(point),
  ])
  return markdownTable(head, rows)
}

const FIGURES = ['CPU s', 'CPU s/10⁶ records', 'CPU s/GB', 's', 'peak MB']

function figuresOf({ cpu, cpuPerMillionRecords, cpuPerGigabyte, seconds, peakMb }: GrowthPoint): string[] {
  return [
    spreadText(cpu, hundredths),
    ...[cpuPerMillionRecords, cpuPerGigabyte, seconds].map(({ median }) => hundredths(median)),
    count(peakMb.median),
  ]
}

/** Shares of the main thread's busy time. */
function profilesTable({ series }: GrowthResult): string {
  const rows = series.flatMap(({ function: name, quantity, profiles }) =>
    profiles.map(({ steps, ...load }) => [
      `${code(name)}, ${titles[quantity]}: ${count(load[quantity])}`,
      ...stepNames.map(step => percent(steps[step] ?? 0)),
    ]),
  )
  return rows.length === 0 ? 'No profile yet.' : markdownTable(['%', ...stepNames], rows)
}

function percent(share: number): string {
  return (share * 100).toFixed(0)
}
