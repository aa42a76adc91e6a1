import { CodedError } from '../../../lib/error.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import type { FailedRecords, FetchedRecords } from '../../../lib/redrive/failed-records.ts'
import { offsetsOf, runsOf } from '../../../lib/staging/runs.ts'
import type { ValueDecoder } from '../../../lib/values/value.ts'
import type { Random } from '../simulation/random.ts'

export const TOPIC = 'orders'
export const PARTITION = 0
const FIRST_TIME = Date.UTC(2026, 0, 1, 9, 59)

/** What becomes of a record’s value. `heals`: it can’t be decoded at first, and can later. `flaps`: now it can, now it can’t. */
type Kind = 'good' | 'bad' | 'heals' | 'flaps'
const kinds: Kind[] = ['good', 'good', 'bad', 'heals', 'heals', 'flaps', 'flaps']

/** What is outside of the bucket: the source topic, and what the connector has named as failed. */
export class World {
  readonly records: KafkaRecord[]
  /** Whether what can heal has healed. */
  healed = false
  /** Whether what flaps can be decoded now. */
  flapsNow = false
  topicId = 'a'
  /** The group's next offset. */
  committed = 0
  /** Failed records, by their offset; those in a topic stay when the source has forgotten them. */
  readonly failed = new Map<number, { record: KafkaRecord; code: string; place: 'topic' | 'kafka' }>()
  /** Records that the source no longer has. */
  readonly expired = new Set<KafkaRecord>()
  /** Records that nobody had any more when somebody wanted them. */
  readonly lost = new Set<string>()
  readonly #kinds = new Map<string, Kind>()
  readonly #places: ('topic' | 'kafka')[]

  constructor(random: Random) {
    let offset = random.pick([0, 0, 7])
    this.records = Array.from({ length: random.between(1, 8) }, () => {
      const record = recordAt(1, offset)
      this.#kinds.set(idOf(record), random.pick(kinds))
      offset += random.chance(0.2) ? random.between(2, 3) : 1
      return record
    })
    this.#places = this.records.map(() => random.pick(['topic', 'kafka']))
  }

  kindOf(record: KafkaRecord): Kind {
    return this.#kinds.get(idOf(record)) ?? 'good'
  }

  readonly decoder: ValueDecoder = record => {
    const kind = this.kindOf(record)
    const isDecodable = { good: true, bad: false, heals: this.healed, flaps: this.flapsNow }[kind]
    if (!isDecodable) throw new CodedError('VALUE_UNDECODABLE', 'no value')
    return Buffer.from(JSON.stringify({ id: idOf(record) }))
  }

  /** The connector names records as failed. */
  fail(records: readonly KafkaRecord[]): void {
    for (const record of records) {
      const place = this.#places[this.records.indexOf(record)] ?? 'topic'
      this.failed.set(record.offset, { record, code: 'VALUE_UNDECODABLE', place })
    }
  }

  /** The source topic is deleted and made again, and its first records fail. Dead letters of the old one stay, and come first. */
  recreate(random: Random): void {
    this.topicId = 'b'
    for (const record of this.records) this.expired.add(record)
    for (const { offset } of this.records.slice(0, random.between(1, 2))) {
      if (this.failed.has(offset)) continue
      const record = recordAt(2, offset)
      this.#kinds.set(idOf(record), random.pick<Kind>(['bad', 'heals']))
      this.failed.set(offset, { record, code: 'VALUE_UNDECODABLE', place: 'topic' })
    }
  }

  /** What a redrive reads of the failed records: those that the group has passed. */
  listFailed(passedOnly = true): FailedRecords[] {
    const passed = [...this.failed].filter(([offset]) => !passedOnly || offset < this.committed)
    const byPlace = Map.groupBy(passed, ([, { place }]) => place)
    return Array.from(byPlace, ([place, some]) => ({
      topic: TOPIC,
      partition: PARTITION,
      offsets: runsOf(some.map(([offset]) => offset).toSorted((a, b) => a - b)),
      records: some.length,
      code: 'VALUE_UNDECODABLE',
      place: place === 'topic' ? { kind: 'topic', topic: 'failed', letters: [] } : { kind: 'kafka', named: 'log' },
      time: 0,
    }))
  }

  fetch({ offsets, place, code }: FailedRecords): FetchedRecords {
    const wanted = [...offsetsOf(offsets)].flatMap(offset => this.failed.get(offset)?.record ?? [])
    const isGone = (record: KafkaRecord) => place.kind === 'kafka' && this.expired.has(record)
    for (const record of wanted) if (isGone(record)) this.lost.add(idOf(record))
    return {
      records: wanted.filter(record => !isGone(record)).map(record => ({ record, code, place })),
      gone: runsOf(wanted.filter(isGone).map(({ offset }) => offset)),
      refused: [],
    }
  }
}

/** What tells a record from all others. */
export const idOf = ({ value }: Pick<KafkaRecord, 'value'>) => value?.toString() ?? ''

function recordAt(incarnation: number, offset: number): KafkaRecord {
  return {
    topic: TOPIC,
    partition: PARTITION,
    offset,
    timestamp: FIRST_TIME + incarnation * 1_000_000 + offset * 20_000,
    key: Buffer.from(`k${offset % 3}`),
    value: Buffer.from(`${incarnation}.${offset}`),
    headers: [],
  }
}
