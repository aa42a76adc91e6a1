import { countOf } from '../../commits/offset-runs.ts'
import { type Act, acts, errorCodes, isErrorCode } from '../../error.ts'
import type { FailedPlace, FailedRecords, NamedBy } from '../../redrive/failed-records.ts'
import type { OffsetRuns } from '../../staging/staged-object.ts'

/** Who says that only Kafka has the records. */
const namers: Record<NamedBy, string> = {
  log: 'named by the log',
  sqs: 'named by a document in SQS',
  s3: 'named by a document in S3',
  topic: 'named by a topic for failed records',
}

/** A cause: all records with a code. */
export interface FailedCause {
  code: string
  records: number
  /** `person` if somebody has to act for some of them. */
  act: Act
  /** Who has to act, and what comes then. */
  remedy: string
  /** What the code means; absent of a condition of the platform. */
  meaning?: string
}

/** A row of the table: the elements of the list with the same reason and place. */
export interface FailedRow {
  /** Empty if it is unknown. */
  topic: string
  /** -1 if it is unknown. */
  partition: number
  code: string
  /** Where the records are, in words. */
  where: string
  /** Whether the trigger delivers them again. */
  isWaiting: boolean
  ranges: OffsetRuns
  /** Ranges that are not shown. */
  more: number
  /** The last offset, also of those; -1 if offsets are unknown. */
  last: number
  records: number
  /** Records that nobody has any more. */
  gone: number
  /** When they failed, the last time, in milliseconds since the epoch; -1 if it is unknown. */
  time: number
}

/** Failed records by topic-partition, code and place, in memory that does not grow with them. */
export class FailedTable {
  readonly #shownRanges: number
  readonly #rows = new Map<string, FailedRow>()
  readonly #causes = new Map<string, { records: number; act: Act }>()

  /** @param shownRanges ranges of offsets that a row has at most. All of them are in the JSON document */
  constructor(shownRanges = 4) {
    this.#shownRanges = shownRanges
  }

  add(failed: FailedRecords): void {
    const { offsets, records, code, time, gone = [] } = failed
    const row = this.#rowOf(failed)
    for (const [first, count] of offsets) {
      const last = row.ranges.at(-1)
      if (last && row.more === 0 && last[0] + last[1] === first) last[1] += count
      else if (row.ranges.length < this.#shownRanges) row.ranges.push([first, count])
      else row.more += 1
      row.last = Math.max(row.last, first + count - 1)
    }
    row.records += records
    row.gone += countOf(gone)
    row.time = Math.max(row.time, time)
    const cause = this.#causes.get(code) ?? { records: 0, act: 'system' }
    this.#causes.set(code, {
      records: cause.records + records,
      act: cause.act === 'person' ? 'person' : actOf(failed),
    })
  }

  /** In the order in which they were found. */
  get rows(): FailedRow[] {
    return [...this.#rows.values()]
  }

  /** Those with the most records first. */
  get causes(): FailedCause[] {
    return Array.from(this.#causes, ([code, { records, act }]) => ({
      ...{ code, records, act, remedy: remedyText(code, act) },
      ...(isErrorCode(code) && { meaning: errorCodes[code].meaning }),
    })).toSorted((one, other) => other.records - one.records)
  }

  #rowOf({ topic, partition, code, place }: FailedRecords): FailedRow {
    const where = placeText(place)
    const key = [topic, partition, code, where].join('\n')
    const known = this.#rows.get(key)
    if (known) return known
    const none: Pick<FailedRow, 'ranges' | 'more' | 'records' | 'gone'> = { ranges: [], more: 0, records: 0, gone: 0 }
    const row = { topic, partition, code, where, isWaiting: place.kind === 'waiting', ...none, last: -1, time: -1 }
    this.#rows.set(key, row)
    return row
  }
}

/**
 * Who has to act so that the records are delivered. What was put aside is not delivered again by itself, even if its cause passes.
 */
export function actOf({ code, place }: Pick<FailedRecords, 'code' | 'place'>): Act {
  return place.kind === 'waiting' && isErrorCode(code) ? errorCodes[code].act : 'person'
}

function remedyText(code: string, act: Act): string {
  if (act === 'system') return `${acts.system}: the trigger delivers them again`
  const isPassing = isErrorCode(code) && errorCodes[code].act === 'system'
  return isPassing ? `${acts.system}; then redrive the records` : acts.person
}

function placeText(place: FailedPlace): string {
  if (place.kind === 'topic') return `topic ${place.topic}`
  if (place.kind === 'document') return 'documents in S3'
  if (place.kind === 'waiting') return 'Kafka, waiting for the trigger'
  return `Kafka, ${namers[place.named]}`
}
