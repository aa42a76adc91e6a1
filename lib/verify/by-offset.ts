import type { KafkaRecord } from '../record.ts'
import { type Compared, isSame } from './record-fields.ts'
import type { RecordStream } from './record-stream.ts'
import type { Tally } from './tally.ts'

/** What explains records that only one side has. */
export interface Explanations {
  /** Whether the topic may have deleted a record of the dump. */
  isGone(record: KafkaRecord): boolean
  /** Whether the dump may have left out a record of the topic. */
  isNotKept(record: KafkaRecord): boolean
}

/**
 * Compares a dump with the topic that it was made of: records with the same offset. Ends with the dump's last record; what the
 * topic has behind it isn't read.
 *
 * @param second begins at the first offset that is compared
 * @returns the dump's last offset; undefined when it has no record
 */
export async function compareByOffset(
  first: RecordStream,
  second: RecordStream,
  tally: Tally,
  { compared, isGone, isNotKept }: Explanations & { compared: Compared },
): Promise<number | undefined> {
  let last: number | undefined
  while (true) {
    if (first.needsMore) await first.fill()
    const one = first.head
    if (!one) return last
    if (second.needsMore) await second.fill()
    const other = second.head
    if (other && other.offset < one.offset) {
      onlyTopic(other, tally, isNotKept)
      second.shift()
      continue
    }
    last = one.offset
    first.shift()
    if (one.offset === other?.offset) {
      second.shift()
      pair(one, other, tally, compared)
    } else onlyDump(one, tally, isGone)
  }
}

function pair(one: KafkaRecord, other: KafkaRecord, tally: Tally, compared: Compared): void {
  tally.digest('first', one)
  tally.digest('second', other)
  if (isSame(one, other, compared)) tally.equal()
  else tally.differs(one, other)
}

function onlyTopic(record: KafkaRecord, tally: Tally, isNotKept: Explanations['isNotKept']): void {
  if (isNotKept(record)) tally.count('notKept', 1)
  else {
    tally.digest('second', record)
    tally.only('second', record.offset)
  }
}

function onlyDump(record: KafkaRecord, tally: Tally, isGone: Explanations['isGone']): void {
  if (isGone(record)) tally.count('gone', 1)
  else {
    tally.digest('first', record)
    tally.only('first', record.offset)
  }
}
