import { crc32 } from 'node:zlib'
import type { KafkaRecord } from '../record.ts'

/**
 * Keys are divided into slices by their hash: fine enough that a slice of any topic fits into memory, and few enough that a
 * slice is a number of two bytes. An object holds the keys of neighbouring slices.
 */
export const SLICES = 65_536

/** Neighbouring slices: the first one, and the one behind the last. */
export type SliceRange = [from: number, to: number]

const SLICE_SHIFT = 16

/**
 * Identifies the records of which only the newest is kept: the bytes of the key, one character for each. A record without a
 * key is kept whatever comes later, so its offset identifies it.
 */
export function identityOf({ key, offset }: Pick<KafkaRecord, 'key' | 'offset'>): string | number {
  return key === null ? offset : key.toString('latin1')
}

/** A hash of 32 bits. CRC-32 spreads the keys of a partition, which Kafka's partitioners chose by murmur2. */
export function hashOf({ key, offset }: Pick<KafkaRecord, 'key' | 'offset'>): number {
  return crc32(key ?? String(offset))
}

/** The slice of a record: from 0 to {@link SLICES} - 1. */
export function sliceOf(record: Pick<KafkaRecord, 'key' | 'offset'>): number {
  return hashOf(record) >>> SLICE_SHIFT
}

export function isWithin(slice: number, [from, to]: SliceRange): boolean {
  return slice >= from && slice < to
}

export function overlap(one: SliceRange, other: SliceRange): boolean {
  return one[0] < other[1] && other[0] < one[1]
}

/** The ranges with those that touch or overlap made one, in order. */
export function united(ranges: readonly SliceRange[]): SliceRange[] {
  const result: SliceRange[] = []
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    const last = result.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}
