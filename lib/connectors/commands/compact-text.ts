import type { AdoptionReport } from '../../compaction/adopt-original.ts'
import type { RunReport } from '../../compaction/compact.ts'
import type { UnitReport } from '../../compaction/compaction.ts'
import { countText, numberText } from './count-text.ts'
import { unitText } from './unit-text.ts'

const ONE_DIGIT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const MEGABYTE = 1_000_000

export const sizeText = (bytes: number) => `${ONE_DIGIT.format(bytes / MEGABYTE)} MB`

/** What became of a topic-partition; undefined when nothing did. */
export function compactedText({
  unit,
  outputs,
  records,
  bytes,
  quarantined,
  unfinished,
}: UnitReport): string | undefined {
  const parts = [
    ...(outputs.length > 0
      ? [`${countText(outputs.length, 'object')}, ${countText(records, 'record')}, ${sizeText(bytes)}`]
      : []),
    ...(quarantined > 0 ? [`${countText(quarantined, 'staged object')} put into quarantine`] : []),
    ...(unfinished ? ['more is left'] : []),
  ]
  return parts.length > 0 ? `✓ ${unitText(unit)}: ${parts.join('; ')}` : undefined
}

/** What all passes did. */
export function summaryText(passes: RunReport[]): string {
  const reports = passes.flatMap(pass => pass.reports)
  const sum = (of: (report: UnitReport) => number) => reports.reduce((sum, report) => sum + of(report), 0)
  const objects = sum(({ outputs }) => outputs.length)
  const quarantined = sum(report => report.quarantined)
  const made = `${countText(objects, 'object')} with ${countText(
    sum(({ records }) => records),
    'record',
  )}, ${sizeText(sum(({ bytes }) => bytes))}`
  return [
    objects === 0 ? 'Nothing was due.' : `Made ${made}.`,
    waitingText(passes.at(-1)),
    ...(quarantined > 0 ? [`Put ${countText(quarantined, 'staged object')} into quarantine: they need a look.`] : []),
  ].join('\n')
}

/** What waits for its limit, or for the next run. */
function waitingText(last: RunReport | undefined): string {
  const { reports = [], left = [] } = last ?? {}
  const remaining = reports.reduce((sum, report) => sum + report.remaining, 0)
  const [oldest] = reports.flatMap(({ oldestStaged }) => oldestStaged ?? []).sort((a, b) => a - b)
  const since = oldest === undefined ? '' : `, the oldest since ${new Date(oldest).toISOString()}`
  const units = left.length > 0 ? ` ${countText(left.length, 'topic-partition')} left for the next run.` : ''
  if (remaining === 0) return `Nothing waits.${units}`
  const wait = remaining === 1 ? 'waits' : 'wait'
  return `${countText(remaining, 'staged object')} ${wait} for more records or for the time${since}.${units}`
}

/** What a run would make. */
export function plannedText(passes: RunReport[]): string {
  const plans = passes.flatMap(({ reports }) =>
    reports.flatMap(({ unit, planned }) => (planned ? { unit, planned } : [])),
  )
  const lines = plans.flatMap(({ unit, planned }) => [
    `${unitText(unit)}: ${countText(planned.outputs.length, 'object')} from ${countText(planned.inputs.length, 'staged object')}`,
    ...planned.outputs.map(({ key, records, reason }) => `  ${key}  ${countText(records, 'record')}  ${reason}`),
  ])
  return [...(lines.length > 0 ? lines : ['Nothing is due.']), 'Nothing was changed.'].join('\n')
}

/** What became of the objects of an earlier dump. */
export function adoptedText({ adopted, bytes, removed }: AdoptionReport, done: string): string {
  const gone = removed > 0 ? `; ${numberText(removed)} of the old objects deleted` : ''
  return `${countText(adopted, 'object')}, ${sizeText(bytes)}, ${done}${gone}.`
}

/** Old objects whose records don't fill a new one yet. */
export function stayingText(count: number): string {
  const stay = count === 1 ? 'stays' : 'stay'
  return `${countText(count, 'old object')} ${stay} until the new ones have all their records: run this again after to.rotate.maxOpenMs.`
}

/** Objects that stay where they are: more would hide what matters. */
const MOST_LEFT = 20

export function leftTexts({ left }: AdoptionReport): string[] {
  const shown = left.slice(0, MOST_LEFT).map(({ key, reason }) => `! ${key} is left: ${reason}`)
  return left.length > MOST_LEFT ? [...shown, `! and ${numberText(left.length - MOST_LEFT)} others`] : shown
}
