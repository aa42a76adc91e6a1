import type { FailedPlace, FailedRecords } from '../../redrive/failed-records.ts'
import type { OffsetRuns } from '../../staging/staged-object.ts'
import { countText, numberText } from './count-text.ts'
import { actOf, type FailedRow, type FailedTable } from './failed-table.ts'
import { renderTable } from './table.ts'

const HEAD = ['topic', 'partition', 'offsets', 'records', 'code', 'where', 'still there', 'failed']

/** The failed records for people: a row for each topic-partition, code and place, then the totals by code. */
export function failedText({ rows, causes }: FailedTable): string {
  if (rows.length === 0) return 'No record has failed that was not redriven.'
  const table = renderTable(rows.map(cellsOf), { head: HEAD, right: [1, 3] })
  const meanings = causes.flatMap(({ code, meaning }) => (meaning === undefined ? [] : [`${code}: ${meaning}`]))
  return [
    table,
    '',
    renderTable(
      causes.map(({ code, records, remedy }) => [code, numberText(records), remedy]),
      { right: [1] },
    ),
    ...(meanings.length > 0 ? ['', ...meanings] : []),
  ].join('\n')
}

function cellsOf({ topic, partition, code, where, ranges, more, records, gone, time }: FailedRow): string[] {
  return [
    topic === '' ? 'unknown' : topic,
    partition < 0 ? 'unknown' : String(partition),
    rangesText(ranges, more),
    numberText(records),
    code,
    where,
    gone === 0 ? 'yes' : gone >= records ? 'no' : `all but ${numberText(gone)}`,
    time < 0 ? 'unknown' : new Date(time).toISOString().slice(0, 19).replace('T', ' '),
  ]
}

function rangesText(ranges: OffsetRuns, more: number): string {
  if (ranges.length === 0) return 'unknown'
  const texts = ranges.map(([first, count]) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`))
  return [...texts, ...(more > 0 ? [`and ${countText(more, 'range')}`] : [])].join(', ')
}

/** An element of the list in the JSON document. Offsets are ranges: the first one and the last one. */
export function failedJson(failed: FailedRecords) {
  const { topic, partition, offsets, records, code, place, time, gone = [] } = failed
  return {
    topic,
    partition,
    offsets: rangesOf(offsets),
    records,
    code,
    act: actOf(failed),
    place: placeJson(place),
    ...(time >= 0 && { time: new Date(time).toISOString() }),
    gone: rangesOf(gone),
  }
}

function rangesOf(runs: OffsetRuns): [first: number, last: number][] {
  return runs.map(([first, count]) => [first, first + count - 1])
}

function placeJson(place: FailedPlace) {
  if (place.kind === 'topic') return { kind: place.kind, topic: place.topic }
  return place.kind === 'kafka' ? { kind: place.kind, named: place.named } : place
}
