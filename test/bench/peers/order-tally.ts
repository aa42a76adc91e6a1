import { crc32 } from 'node:zlib'
import { jsonOrders } from '../json-records.ts'

const FIRST_ORDER = 100_000

/** What a topic's orders are: the CRC-32 of each one's key and value, by its number. */
export function orderChecksums(records: number, bytes: number): Uint32Array {
  const checksums = new Uint32Array(records)
  let number = 0
  for (const orders of jsonOrders(records, bytes))
    for (const { key, value } of orders) checksums[number++] = crc32(value, crc32(key))
  return checksums
}

/** Counts the orders that a reader finds, each by its number and its bytes. */
export class OrderTally {
  readonly #checksums: Uint32Array
  readonly #found: Uint8Array
  #records = 0
  #wrong = 0

  /** @param checksums of all orders that should be there */
  constructor(checksums: Uint32Array) {
    this.#checksums = checksums
    this.#found = new Uint8Array(checksums.length)
  }

  add({ key, value }: { key: Buffer | null; value: Buffer | null }): void {
    this.#records += 1
    const number =
      value === null ? -1 : Number(/^\{"orderId":(\d+)/.exec(value.toString('latin1', 0, 32))?.[1]) - FIRST_ORDER
    const isRight = value !== null && this.#checksums[number] === crc32(value, crc32(key ?? Buffer.alloc(0)))
    if (!isRight) this.#wrong += 1
    else this.#found[number] = Math.min(2, (this.#found[number] ?? 0) + 1)
  }

  /** What is wrong, as sentences; none if every order was found exactly once, with the bytes that were produced. */
  faults(): string[] {
    const missing = this.#found.reduce((count, times) => count + (times === 0 ? 1 : 0), 0)
    const more = this.#records - this.#wrong - (this.#found.length - missing)
    return [
      ...(missing > 0 ? [`${missing} of ${this.#found.length} records are missing`] : []),
      ...(more > 0 ? [`${more} records are there more than once`] : []),
      ...(this.#wrong > 0 ? [`${this.#wrong} records have other bytes`] : []),
    ]
  }
}
