import type { KafkaRecord, TopicPartition } from '../record.ts'
import { createRecordDigest, type RecordDigest } from '../record-digest.ts'
import type { Difference, PartitionComparison } from './partition-comparison.ts'
import { type Compared, differingFields, digestedPart } from './record-fields.ts'

export type Side = 'first' | 'second'

/** Differences that are told one by one. They show where to look; a list of all of them could be as long as the topic. */
const TOLD_DIFFERENCES = 10
/** Differences that are kept to choose these from: those of a comparison by order aren't found in the order of offsets. */
const KEPT_DIFFERENCES = 1_000

/** Counts of a comparison that are no differences. */
type Harmless = 'gone' | 'notKept' | 'notYet' | 'before'

/** Counts what a comparison finds in a partition. */
export class Tally {
  readonly #result: PartitionComparison
  readonly #compared: Compared
  readonly #digests: Record<Side, RecordDigest> = { first: createRecordDigest(), second: createRecordDigest() }
  readonly #differences: Difference[] = []

  constructor({ topic, partition }: TopicPartition, compared: Compared) {
    this.#compared = compared
    this.#result = {
      ...{ topic, partition, equal: 0, differing: 0, onlyFirst: 0, onlySecond: 0, moved: 0, gone: 0, notKept: 0 },
      ...{ notYet: 0, before: 0, absent: false, differences: [], unreadable: [], digestFirst: '', digestSecond: '' },
    }
  }

  /** A record that both should have, in the order of its side. */
  digest(side: Side, record: KafkaRecord): void {
    this.#digests[side].add([digestedPart(record, this.#compared)])
  }

  equal(): void {
    this.#result.equal += 1
  }

  differs(first: KafkaRecord, second: KafkaRecord): void {
    this.#result.differing += 1
    const fields = differingFields(first, second, this.#compared)
    this.#keep({ kind: 'differs', first: first.offset, second: second.offset, fields })
  }

  only(side: Side, offset: number): void {
    this.#result[side === 'first' ? 'onlyFirst' : 'onlySecond'] += 1
    this.#keep(side === 'first' ? { kind: 'only-first', first: offset } : { kind: 'only-second', second: offset })
  }

  moved(first: number, second: number): void {
    this.#result.moved += 1
    this.#keep({ kind: 'moved', first, second })
  }

  count(name: Harmless, number: number): void {
    this.#result[name] += number
  }

  /** @param facts what else is known of the partition */
  result(facts: Partial<Pick<PartitionComparison, 'other' | 'absent' | 'unreadable'>> = {}): PartitionComparison {
    const differences = this.#differences.toSorted((one, other) => placeOf(one) - placeOf(other))
    return {
      ...this.#result,
      ...facts,
      differences: differences.slice(0, TOLD_DIFFERENCES),
      digestFirst: this.#digests.first.digest(),
      digestSecond: this.#digests.second.digest(),
    }
  }

  #keep(difference: Difference): void {
    if (this.#differences.length < KEPT_DIFFERENCES) this.#differences.push(difference)
  }
}

const placeOf = ({ first, second = 0 }: Difference) => first ?? second
