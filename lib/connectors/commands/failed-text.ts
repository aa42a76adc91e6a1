import { countOf } from '../../commits/offset-runs.ts'
import type { FailedPlace, FailedRecords, NamedBy } from '../../redrive/failed-records.ts'
import type { OffsetRuns } from '../../staging/staged-object.ts'
import { countText, numberText } from './count-text.ts'
import { renderTable } from './table.ts'

/** Ranges of offsets that a row shows. All of them are in the JSON document. */
const SHOWN_RANGES = 4

const HEAD = ['topic', 'partition', 'offsets', 'records', 'code', 'where', 'still there', 'failed']

/** Who says that only Kafka has the records. */
const namers: Record<NamedBy, string> = {
  log: 'named by the log',
  sqs: 'named by a document in SQS',
  s3: 'named by a document in S3',
  topic: 'named by a topic for failed records',
}

/** A row of the table: the elements of the list with the same reason and place. */
interface Row {
  topic: string
  partition: number
  code: string
  where: string
  ranges: OffsetRuns
  /** Ranges that are not shown. */
  more: number
  records: number
  gone: number
  time: number
}

/** Failed records by topic-partition, code and place, in memory that does not grow with them. */
export class FailedTable {
  readonly #rows = new Map<string, Row>()
  readonly #totals = new Map<string, number>()

  add({ topic, partition, offsets, records, code, place, time, gone = [] }: FailedRecords): void {
    const where = placeText(place)
    const key = [topic, partition, code, where].join('\n')
    const row = this.#rows.get(key) ?? {
      topic,
      partition,
      code,
      where,
      ranges: [],
      more: 0,
      records: 0,
      gone: 0,
      time: -1,
    }
    this.#rows.set(key, row)
    for (const [first, count] of offsets) {
      const last = row.ranges.at(-1)
      if (last && row.more === 0 && last[0] + last[1] === first) last[1] += count
      else if (row.ranges.length < SHOWN_RANGES) row.ranges.push([first, count])
      else row.more += 1
    }
    row.records += records
    row.gone += countOf(gone)
    row.time = Math.max(row.time, time)
    this.#totals.set(code, (this.#totals.get(code) ?? 0) + records)
  }

  text(): string {
    if (this.#rows.size === 0) return 'No record has failed that was not redriven.'
    const rows = [...this.#rows.values()].map(cellsOf)
    const totals = [...this.#totals].toSorted(([, one], [, other]) => other - one)
    const table = renderTable(rows, { head: HEAD, right: [1, 3] })
    return [
      table,
      '',
      renderTable(
        totals.map(([code, records]) => [code, numberText(records)]),
        { right: [1] },
      ),
    ].join('\n')
  }
}

function cellsOf({ topic, partition, code, where, ranges, more, records, gone, time }: Row): string[] {
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

function placeText(place: FailedPlace): string {
  if (place.kind === 'topic') return `topic ${place.topic}`
  if (place.kind === 'document') return 'documents in S3'
  if (place.kind === 'waiting') return 'Kafka, waiting for the trigger'
  return `Kafka, ${namers[place.named]}`
}

/** An element of the list in the JSON document. Offsets are ranges: the first one and the last one. */
export function failedJson({ topic, partition, offsets, records, code, place, time, gone = [] }: FailedRecords) {
  return {
    topic,
    partition,
    offsets: rangesOf(offsets),
    records,
    code,
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
