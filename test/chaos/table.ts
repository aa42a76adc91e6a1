import Table from 'cli-table3'
import type { Result } from './run.ts'

const COLUMNS = [
  'system',
  'schedules',
  'produced',
  'found',
  'lost',
  'duplicated',
  'out of order',
  'wrong bytes',
  'invented',
  'put aside',
  'longest pause',
  'caught up in',
  'broken',
]

/** What all schedules have shown, a row for each system. */
export function resultTable(results: readonly Result[]): string {
  const table = new Table({
    head: COLUMNS,
    colAligns: ['left', ...Array(COLUMNS.length - 1).fill('right')],
    style: { head: [], border: [], compact: true },
  })
  for (const [system, own] of Map.groupBy(results, ({ system }) => system)) table.push(row(system, own))
  return table.toString()
}

/** `12: 8 VALUE_UNDECODABLE, 4 STORE_UNAVAILABLE` */
function putAsideText(verdicts: readonly Result['verdict'][]): string {
  const total = verdicts.reduce((sum, { putAside }) => sum + putAside.count, 0)
  const reasons = Map.groupBy(
    verdicts.flatMap(({ putAside }) => Object.entries(putAside.reasons)),
    ([reason]) => reason,
  )
  const parts = Array.from(reasons, ([reason, own]) => `${own.reduce((sum, [, count]) => sum + count, 0)} ${reason}`)
  return parts.length === 0 ? '0' : `${total}: ${parts.join(', ')}`
}

function row(system: string, results: readonly Result[]): string[] {
  const verdicts = results.map(({ verdict }) => verdict)
  const sum = (of: (verdict: Result['verdict']) => number) =>
    String(verdicts.reduce((total, verdict) => total + of(verdict), 0))
  const most = (of: (verdict: Result['verdict']) => number) =>
    `${(verdicts.reduce((longest, verdict) => Math.max(longest, of(verdict)), 0) / 1_000).toFixed(1)} s`
  return [
    system,
    String(results.length),
    sum(({ produced }) => produced),
    sum(({ found }) => found),
    sum(({ lost }) => lost),
    sum(({ duplicated }) => duplicated),
    sum(({ outOfOrder }) => outOfOrder),
    sum(({ wrongBytes }) => wrongBytes),
    sum(({ invented }) => invented),
    putAsideText(verdicts),
    most(({ longestPauseMs }) => longestPauseMs),
    most(({ caughtUpMs }) => caughtUpMs ?? Number.POSITIVE_INFINITY),
    String(results.filter(({ broken }) => broken.length > 0).length),
  ]
}
