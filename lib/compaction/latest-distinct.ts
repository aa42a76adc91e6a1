import type { KafkaRecord } from '../record.ts'
import { hashOf, SLICES } from './latest-slice.ts'

/** Bits of the map: a megabyte, which tells ten million keys apart well enough to choose a number of ranges by. */
const MAP_BITS = 2 ** 23

/**
 * Which slices records are in, and about how many keys they have, in little memory: by how many bits of a map no key's hash
 * chooses. Source: Whang, Vander-Zanden and Taylor, "A Linear-Time Probabilistic Counting Algorithm for Database
 * Applications", ACM TODS 15 (2), 1990.
 */
export class DistinctKeys {
  records = 0
  readonly #map = new Uint8Array(MAP_BITS / 8)
  readonly #slices = new Uint8Array(SLICES)
  #chosen = 0

  add(record: Pick<KafkaRecord, 'key' | 'offset'>): void {
    const hash = hashOf(record)
    const bit = hash % MAP_BITS
    const mask = 1 << (bit & 7)
    const byte = this.#map[bit >>> 3] as number
    if ((byte & mask) === 0) {
      this.#map[bit >>> 3] = byte | mask
      this.#chosen += 1
    }
    this.#slices[hash >>> 16] = 1
    this.records += 1
  }

  /** An estimate, and never more than the records. */
  get keys(): number {
    const free = Math.max(MAP_BITS - this.#chosen, 1)
    return Math.min(this.records, Math.round(-MAP_BITS * Math.log(free / MAP_BITS)))
  }

  /** In order. */
  get slices(): number[] {
    const slices: number[] = []
    for (let slice = this.#slices.indexOf(1); slice >= 0; slice = this.#slices.indexOf(1, slice + 1)) slices.push(slice)
    return slices
  }
}
