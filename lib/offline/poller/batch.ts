import type { ConsumedRecord } from '../../kafka/read/consumed-record.ts'
import { copyOf, type Refusal, type RefusalReason, type ScreenedRecord } from '../intake/screened-record.ts'
import { type Envelope, MAX_PAYLOAD_BYTES, partitionName, recordBytes, recordPrefix, writeRecord } from './event.ts'
import { asciiBytes, JsonBytes } from './json-bytes.ts'

/** A batch's records of one partition, in the order of their offsets. */
export interface PartitionRecords {
  partition: number
  records: ConsumedRecord[]
  /** The offset to commit once these records are done. */
  end: number
  /** True once another member of the group has the partition: its records are neither retried nor committed here. */
  dropped: boolean
}

export interface BatchOptions {
  topic: string
  envelope: Envelope
  /** 1–10,000. */
  maxRecords: number
}

interface Group extends PartitionRecords {
  prefix: Uint8Array
}

/**
 * Bytes of refused records in a batch, so that they fit into one payload with the names of their partitions, and don't pile up.
 */
const MOST_REFUSED_BYTES = MAX_PAYLOAD_BYTES / 2

const COMMA = asciiBytes(',')

/** The records of one invocation, possibly from several partitions, within the limits of record count and 6 MB payload. */
export class Batch {
  /** How many invocations with exactly these records have failed. */
  failures = 0
  /** How often the batch could not be put aside. */
  setbacks = 0
  /**
   * When the first record was added, in milliseconds of the monotonic clock; undefined while there is none. Filtered records
   * count only until there is another one: their offsets have to be committed some time.
   */
  since: number | undefined
  /** True when the next record needs another batch. */
  full = false
  /** How many records the invocation gets. */
  count = 0
  /** The size of the payload in bytes. */
  bytes: number
  readonly #options: BatchOptions
  readonly #groups = new Map<number, Group>()
  #refused: { partition: number; record: ScreenedRecord }[] = []
  #refusedBytes = 0

  constructor(options: BatchOptions) {
    this.#options = options
    this.bytes = Buffer.byteLength(options.envelope.head) + Buffer.byteLength(options.envelope.tail)
  }

  /**
   * Adds a record, which must follow the partition's records that are already here. A record that is too large for any
   * payload gets a batch to itself.
   *
   * @returns false when the record doesn't fit; the batch is full then
   */
  add(partition: number, record: ScreenedRecord): boolean {
    if (this.full) return false
    if (record.fate) return this.#passOver(partition, record)
    const known = this.#groups.get(partition)
    const group = known ?? createGroup(this.#options.topic, partition)
    const bytes = recordBytes(group.prefix, record) + this.#bytesAround(group)
    const fits = this.bytes + bytes <= MAX_PAYLOAD_BYTES
    if (!fits && this.count > 0) {
      this.full = true
      return false
    }
    if (!known) this.#groups.set(partition, group)
    this.#append(group, record, bytes)
    this.full = !fits || this.count >= this.#options.maxRecords
    group.end = record.offset + 1
    if (this.count <= 1 || this.since === undefined) this.since = performance.now()
    return true
  }

  /** A record that the function doesn't get. One that is refused takes room nevertheless: it is put aside with others like it. */
  #passOver(partition: number, record: ScreenedRecord): boolean {
    if (record.fate !== 'filtered' && !this.#refuse(partition, record)) return false
    const { offset } = record
    const group = this.#groups.get(partition) ?? createGroup(this.#options.topic, partition)
    this.#groups.set(partition, group)
    group.end = offset + 1
    this.since ??= performance.now()
    return true
  }

  #refuse(partition: number, record: ScreenedRecord): boolean {
    const bytes = recordBytes(recordPrefix(this.#options.topic, partition), record)
    if (this.#refused.length > 0 && this.#refusedBytes + bytes > MOST_REFUSED_BYTES) {
      this.full = true
      return false
    }
    this.#refused.push({ partition, record })
    this.#refusedBytes += bytes
    this.full = this.#refused.length >= this.#options.maxRecords
    return true
  }

  /** The refused records for a reason, as a batch of their own, with what is to be said of the first one; undefined without any. */
  refused(reason: RefusalReason): { batch: Batch; message: string } | undefined {
    const records = this.#refused.filter(
      ({ partition, record }) => refusalOf(record)?.reason === reason && this.has(partition),
    )
    const message = records[0] && refusalOf(records[0].record)?.message
    if (message === undefined) return undefined
    const groups = Map.groupBy(records, ({ partition }) => partition)
    const partitions = Array.from(groups, ([partition, list]) => ({
      partition,
      records: list.map(({ record }) => copyOf(record)),
      end: (list.at(-1)?.record.offset ?? 0) + 1,
    }))
    return { batch: this.derive(partitions), message }
  }

  /** Forgets the refused records for a reason once they are put aside. */
  forgetRefused(reason: RefusalReason): void {
    this.#refused = this.#refused.filter(({ record }) => refusalOf(record)?.reason !== reason)
  }

  /** The partitions that have not been dropped. */
  partitions(): PartitionRecords[] {
    return Array.from(this.#groups.values()).filter(({ dropped }) => !dropped)
  }

  /** A partition by its name in the event, dropped or not. */
  partition(name: string): PartitionRecords | undefined {
    const group = this.#groups.get(Number(name.slice(name.lastIndexOf('-') + 1)))
    return group && partitionName(this.#options.topic, group.partition) === name ? group : undefined
  }

  /** The next offset to read per partition once the whole batch is done. */
  ends(): Map<number, number> {
    return new Map(this.partitions().map(({ partition, end }) => [partition, end]))
  }

  /** True for a partition whose records are here and not dropped. */
  has(partition: number): boolean {
    return this.#groups.get(partition)?.dropped === false
  }

  /** Leaves a partition to another member of the group. */
  drop(partition: number): void {
    const group = this.#groups.get(partition)
    if (group) group.dropped = true
  }

  /** The same batch with only the wanted partitions that have not been dropped. */
  only(isWanted: (partition: number) => boolean): Batch {
    const partitions = this.partitions().filter(({ partition }) => isWanted(partition))
    if (partitions.length === this.#groups.size) return this
    const rest = this.derive(partitions)
    rest.failures = this.failures
    rest.setbacks = this.setbacks
    rest.#refused = this.#refused.filter(({ partition }) => isWanted(partition) && this.has(partition))
    rest.#refusedBytes = this.#refusedBytes
    rest.since = rest.isEmpty ? undefined : this.since
    return rest
  }

  /** True when the only record of the batch is too large for an invocation. */
  get isOversized(): boolean {
    return this.bytes > MAX_PAYLOAD_BYTES
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  /** A batch of some of these records. */
  derive(partitions: Omit<PartitionRecords, 'dropped'>[]): Batch {
    const batch = new Batch(this.#options)
    for (const { partition, records, end } of partitions) {
      const group = createGroup(this.#options.topic, partition)
      batch.#groups.set(partition, group)
      for (const record of records) batch.add(partition, record)
      group.end = end
    }
    return batch
  }

  /** A batch for each record, in the order of the records. */
  *singles(): Generator<Batch> {
    for (const group of this.partitions()) {
      for (const record of group.records) {
        yield this.derive([{ ...group, records: [record], end: record.offset + 1 }])
      }
    }
  }

  /** Two halves, the first of which has to be delivered before the second. */
  split(): [Batch, Batch] {
    const firsts: PartitionRecords[] = []
    const seconds: PartitionRecords[] = []
    let room = Math.ceil(this.count / 2)
    for (const group of this.partitions()) {
      const first = group.records.slice(0, room)
      const second = group.records.slice(room)
      room -= first.length
      if (first.length > 0) firsts.push({ ...group, records: first, end: second[0]?.offset ?? group.end })
      if (second.length > 0 || first.length === 0) seconds.push({ ...group, records: second })
    }
    return [this.derive(firsts), this.derive(seconds)]
  }

  /**
   * The event as JSON, the same at each call, in its own memory. Each record's text is written into one buffer of the known
   * size and becomes garbage at once; keeping the texts until the batch is full costs a third of all CPU in garbage
   * collection.
   */
  payload(): Buffer {
    const { envelope, topic } = this.#options
    const payload = new JsonBytes(this.bytes)
    payload.text(envelope.head)
    let isFirst = true
    for (const { partition, prefix, records } of this.#groups.values()) {
      if (records.length === 0) continue
      payload.text(`${isFirst ? '' : ','}"${partitionName(topic, partition)}":[`)
      for (let index = 0; index < records.length; index++) {
        if (index > 0) payload.bytes(COMMA)
        writeRecord(payload, prefix, records[index] as ConsumedRecord)
      }
      payload.text(']')
      isFirst = false
    }
    payload.text(envelope.tail)
    return payload.buffer
  }

  #append(group: Group, record: ConsumedRecord, bytes: number) {
    group.records.push(record)
    this.bytes += bytes
    this.count += 1
  }

  /** The bytes that the next record of a group adds besides its own. */
  #bytesAround({ records, partition }: Group): number {
    if (records.length > 0) return ','.length
    const first = this.count === 0
    return `"${partitionName(this.#options.topic, partition)}":[]`.length + (first ? 0 : ','.length)
  }
}

function refusalOf({ fate }: ScreenedRecord): Refusal | undefined {
  return fate === 'filtered' ? undefined : fate
}

function createGroup(topic: string, partition: number): Group {
  return { partition, records: [], end: 0, dropped: false, prefix: recordPrefix(topic, partition) }
}
