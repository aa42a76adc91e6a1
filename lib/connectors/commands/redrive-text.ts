import { runsText } from '../../commits/offset-notation.ts'
import { countOf, unite } from '../../commits/offset-runs.ts'
import type { RedrivenPlace, RedriveReport } from '../../redrive/report.ts'
import type { OffsetRuns } from '../../staging/staged-object.ts'
import { numberText } from './count-text.ts'
import { renderTable } from './table.ts'

const HEAD = ['topic', 'partition', 'redriven', 'already there', 'failed again', 'gone', 'refused', 'waiting']

/** Ranges that a line shows. All of them are in the JSON document. */
const SHOWN_RANGES = 20

/** What a redrive has done, for people: a row for each topic-partition, then what is not in the result, by its reason. */
export function redriveText({ places }: RedriveReport): string {
  if (places.length === 0) return 'No record has failed that was not redriven.'
  const rows = places.map(rowOf)
  if (rows.length > 1) rows.push(['all', '', ...sums(places.map(redrivenNumbers)).map(numberText)])
  return [renderTable(rows, { head: HEAD, right: [1, 2, 3, 4, 5, 6, 7] }), ...places.flatMap(redrivenLines)].join('\n')
}

function rowOf(place: RedrivenPlace): string[] {
  return [place.topic, String(place.partition), ...redrivenNumbers(place).map(numberText)]
}

/** Records of a topic-partition in the order of the table’s columns: redriven, already there, failed again, gone, refused, waiting. */
export function redrivenNumbers(place: RedrivenPlace): number[] {
  const { redriven, present, failed, gone, refused, waiting, unplaced } = place
  const all = (groups: { offsets: OffsetRuns }[]) => countOf(unite(...groups.map(({ offsets }) => offsets)))
  return [countOf(redriven), countOf(present), all(failed), countOf(gone), all(refused) + unplaced, waiting]
}

function sums(rows: number[][]): number[] {
  return rows.reduce((total, row) => total.map((number, column) => number + (row[column] ?? 0)))
}

/** What of a topic-partition is not in the result, and why. */
export function redrivenLines({ topic, partition, failed, gone, refused, unplaced, stopped }: RedrivenPlace): string[] {
  const line = (what: string, offsets: OffsetRuns) => `${what}: ${topic}-${partition}:${shown(offsets)}`
  return [
    ...(stopped ? [`${topic}-${partition} was not finished. ${stopped.code}: ${stopped.message}`] : []),
    ...failed.map(({ code, offsets }) => line(`Failed again with ${code}`, offsets)),
    ...(gone.length > 0 ? [line('Gone, as neither Kafka nor a topic for failed records has them', gone)] : []),
    ...refused
      .filter(({ offsets }) => offsets.length > 0)
      .map(({ reason, offsets }) => `${line('Refused', offsets)}: ${reason}`),
    ...(unplaced > 0
      ? [
          `Refused: ${numberText(unplaced)} of ${topic}: The platform gives no offsets, so nothing tells whether they were done again.`,
        ]
      : []),
  ]
}

function shown(offsets: OffsetRuns): string {
  const text = runsText(offsets.slice(0, SHOWN_RANGES))
  const more = offsets.length - SHOWN_RANGES
  return more > 0 ? `${text} and ${numberText(more)} more ranges` : text
}
