import type { KafkaRecord } from '../../../lib/record.ts'
import type { Random } from './random.ts'

export const TOPIC = 'orders'

const HOUR = 3_600_000
/** The first record's timestamp: 1 January 2026, a minute before a full hour. */
const FIRST_TIME = Date.UTC(2026, 0, 1, 9, 59)

/** A batch that is staged, as a trigger delivers it. */
export type Batch = KafkaRecord[]

/** What a history's topic holds, and what triggers make of it. */
export interface Source {
  partitions: number[]
  /** Every record, by its id. */
  records: Map<string, KafkaRecord>
  /** Batches that are objects already, of a dump without rotation. */
  earlier: Batch[]
  /** Batches in the order in which they are staged: repeated, cut anew, late, and of the topic that was created again. */
  batches: Batch[]
}

/** What tells a record from all others: its value. */
export const idOf = ({ value }: KafkaRecord) => value?.toString() ?? ''

/** The topic's incarnation of a record. */
export const incarnationOf = (id: string) => Number(id.slice(0, id.indexOf('.')))

/** What a history's topic is like, beside chance. */
export interface SourceShape {
  partitions: number[]
  /** Whether there were objects before the history. */
  hasEarlier: boolean
  /**
   * Whether they are adopted. Then nothing of them comes again meanwhile: a worker that looked before an original was moved, and
   * one that looked behind it, would decide differently about it.
   */
  adopts: boolean
  /** Whether the topic may be created again, with other records at the same offsets. */
  mayBeAnew: boolean
}

/** Records of a partition: few, as most faults need but two or three batches. More time goes into more histories. */
const ALONE = [1, 2, 2, 3, 3, 5]
const SHARED = [1, 2, 2, 3]

/** A small topic: a few records with gaps between their offsets. */
export function generateSource(random: Random, { partitions, hasEarlier, adopts, mayBeAnew }: SourceShape): Source {
  const records = new Map<string, KafkaRecord>()
  const earlier: Batch[] = []
  const batches = partitions.flatMap(partition => {
    const first = random.pick([0, 7])
    const count = random.pick(partitions.length > 1 ? SHARED : ALONE)
    const kept = topicOf(random, { incarnation: 1, partition, first, count })
    const isAnew = mayBeAnew && random.chance(0.1)
    const anew = isAnew ? topicOf(random, { incarnation: 2, partition, first, count: random.between(1, 3) }) : []
    for (const record of [...kept, ...anew]) records.set(idOf(record), record)
    const before = hasEarlier ? cut(random, kept.splice(0, random.between(1, kept.length))) : []
    earlier.push(...before)
    // Around the switch the last batch comes again.
    const again = !adopts && random.chance(0.5) ? before.slice(-1) : []
    return [...again, ...deliveries(random, kept), ...cut(random, anew)]
  })
  return { partitions, records, earlier, batches }
}

interface Incarnation {
  incarnation: number
  partition: number
  first: number
  count: number
}

function topicOf(random: Random, { incarnation, partition, first, count }: Incarnation): KafkaRecord[] {
  let offset = first
  return Array.from({ length: count }, () => {
    const record = recordAt(incarnation, partition, offset)
    // A transaction's marker takes an offset that no record has.
    offset += random.chance(0.2) ? random.between(2, 3) : 1
    return record
  })
}

/** What a record has follows from its place, so that batches are alike in many histories, and encoded once. */
function recordAt(incarnation: number, partition: number, offset: number): KafkaRecord {
  const late = offset % 5 === 3 ? HOUR : 0
  return {
    topic: TOPIC,
    partition,
    offset,
    timestamp: FIRST_TIME + offset * 20_000 - late,
    key: Buffer.from(`k${(offset * 7) % 3}`),
    value: Buffer.from(`${incarnation}.${partition}.${offset}`),
    headers: [],
  }
}

/** The batches of a trigger that repeats some, cuts some anew, and gets some records late, one by one. */
function deliveries(random: Random, records: KafkaRecord[]): Batch[] {
  const late = records.filter(() => random.chance(0.1))
  const batches = cut(
    random,
    records.filter(record => !late.includes(record)),
  )
  const delivered = batches.flatMap((batch, index) => {
    if (!random.chance(0.2)) return [batch]
    const anew = [
      ...batch.slice(random.below(batch.length)),
      ...(batches[index + 1] ?? []).slice(0, random.between(0, 2)),
    ]
    return random.chance(0.5) ? [batch, anew] : [batch, batch]
  })
  for (const record of late) insertLate(random, delivered, [record])
  for (const batch of batches) if (random.chance(0.15)) insertLate(random, delivered, batch)
  return delivered
}

function insertLate(random: Random, batches: Batch[], batch: Batch): void {
  const from = batches.findIndex(([first]) => (first?.offset ?? 0) >= (batch[0]?.offset ?? 0))
  batches.splice(random.between(Math.max(from, 0), batches.length), 0, batch)
}

function cut(random: Random, records: KafkaRecord[]): Batch[] {
  const batches: Batch[] = []
  for (let from = 0; from < records.length; ) {
    const size = random.between(1, 3)
    batches.push(records.slice(from, from + size))
    from += size
  }
  return batches
}
