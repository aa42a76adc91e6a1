import type { ConsumedRecord } from '../../kafka/read/consumer.ts'
import { type Envelope, MAX_PAYLOAD_BYTES, partitionName, recordBytes, recordPrefix, writeRecord } from './event.ts'

/** A batch's records of one partition, in the order of their offsets. */
export interface PartitionRecords {
  partition: number
  records: ConsumedRecord[]
  /** The offset to commit once these records are done. */
  end: number
  /** True once another member of the group has the partition: its records are neither retried nor committed here. */
  dropped: boolean
}

/** A record that is too large for any payload, and the size in bytes of the payload it would need. */
export interface OversizedRecord {
  partition: number
  record: ConsumedRecord
  bytes: number
}

export interface BatchOptions {
  topic: string
  envelope: Envelope
  /** 1–10,000. */
  maxRecords: number
}

interface Group extends PartitionRecords {
  prefix: string
}

/** The records of one invocation, possibly from several partitions, within the limits of record count and 6 MB payload. */
export class Batch {
  /** How many invocations with exactly these records have failed. */
  failures = 0
  /** When the first record was added, in milliseconds of the monotonic clock; undefined while there is none. */
  since: number | undefined
  /** True when the next record needs another batch. */
  full = false
  /** How many records the invocation gets. */
  count = 0
  /** The size of the payload in bytes. */
  bytes: number
  /** The only record of the batch, if it is too large for an invocation. */
  oversized: OversizedRecord | undefined
  readonly #options: BatchOptions
  readonly #groups = new Map<number, Group>()

  constructor(options: BatchOptions) {
    this.#options = options
    this.bytes = Buffer.byteLength(options.envelope.head) + Buffer.byteLength(options.envelope.tail)
  }

  /**
   * Adds a record, which must follow the partition's records that are already here. A record that is too large for any
   * payload gets a batch to itself, in `oversized`.
   *
   * @returns false when the record doesn't fit; the batch is full then
   */
  add(partition: number, record: ConsumedRecord): boolean {
    if (this.full) return false
    const known = this.#groups.get(partition)
    const group = known ?? createGroup(this.#options.topic, partition)
    const bytes = recordBytes(group.prefix, record) + this.#bytesAround(group)
    const fits = this.bytes + bytes <= MAX_PAYLOAD_BYTES
    if (!fits && !this.isEmpty) {
      this.full = true
      return false
    }
    if (!known) this.#groups.set(partition, group)
    if (fits) this.#append(group, record, bytes)
    else this.oversized = { partition, record, bytes: this.bytes + bytes }
    this.full = !fits || this.count >= this.#options.maxRecords
    group.end = Number(record.offset) + 1
    this.since ??= performance.now()
    return true
  }

  /** The partitions that have not been dropped. */
  partitions(): PartitionRecords[] {
    return Array.from(this.#groups.values()).filter(({ dropped }) => !dropped)
  }

  /** A partition by its name in the event, dropped or not. */
  partition(name: string): PartitionRecords | undefined {
    for (const group of this.#groups.values()) {
      if (partitionName(this.#options.topic, group.partition) === name) return group
    }
    return undefined
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
    rest.since = rest.isEmpty ? undefined : this.since
    return rest
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

  /** Two halves, the first of which has to be delivered before the second. */
  split(): [Batch, Batch] {
    const firsts: PartitionRecords[] = []
    const seconds: PartitionRecords[] = []
    let room = Math.ceil(this.count / 2)
    for (const group of this.partitions()) {
      const first = group.records.slice(0, room)
      const second = group.records.slice(room)
      room -= first.length
      if (first.length > 0)
        firsts.push({ ...group, records: first, end: second[0] ? Number(second[0].offset) : group.end })
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
    const payload = Buffer.allocUnsafeSlow(this.bytes)
    let at = payload.write(envelope.head)
    let between = ''
    for (const { partition, prefix, records } of this.#groups.values()) {
      if (records.length === 0) continue
      at += payload.write(`${between}"${partitionName(topic, partition)}":[`, at)
      between = ''
      for (const record of records) {
        at = writeRecord(payload, at + payload.write(between, at), prefix, record)
        between = ','
      }
      at += payload.write(']', at)
    }
    payload.write(envelope.tail, at)
    return payload
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

function createGroup(topic: string, partition: number): Group {
  return { partition, records: [], end: 0, dropped: false, prefix: recordPrefix(topic, partition) }
}
