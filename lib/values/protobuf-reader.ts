import protobufjs from 'protobufjs'
import { TooLargeError } from './value-error.ts'

/**
 * Memory that the parts of one value may take while its JSON is made. A message of no bytes takes two in its parent: 8 MB of them
 * took 700 MB.
 */
const MOST_BYTES = 256 * 2 ** 20

/** Memory for one field, without its name: most are for a message within. Measured with Node.js 24, like those that follow. */
const FIELD_BYTES = 200

/** Memory for one number of 64 bits, which the library makes an object of, and for another one of a packed field. */
const LONG_BYTES = 160
const NUMBER_BYTES = 40

/** What the value that is being read has taken, also in the readers of the `google.protobuf.Any` within it. */
let taken = 0

function take(bytes: number): void {
  taken += bytes
  if (taken > MOST_BYTES) throw new TooLargeError('it has too many fields')
}

/** Reads a value, or a part of it, and counts the memory that its parts take. */
export class MeteredReader extends protobufjs.BufferReader {
  readonly #fieldBytes: number

  /** Begins a new value. */
  static begin(): void {
    taken = 0
  }

  /** @param longestName characters of the longest name that a field has in JSON, which is text first and then bytes */
  constructor(bytes: Buffer, longestName: number) {
    super(bytes)
    this.#fieldBytes = FIELD_BYTES + 2 * longestName
  }

  override tag(): number {
    take(this.#fieldBytes)
    return super.tag()
  }

  override int64() {
    take(LONG_BYTES)
    return super.int64()
  }

  override uint64() {
    take(LONG_BYTES)
    return super.uint64()
  }

  override sint64() {
    take(LONG_BYTES)
    return super.sint64()
  }

  override fixed64() {
    take(LONG_BYTES)
    return super.fixed64()
  }

  override sfixed64() {
    take(LONG_BYTES)
    return super.sfixed64()
  }

  override int32s(numbers: number[] = []) {
    return counted(super.int32s(numbers))
  }

  override uint32s(numbers: number[] = []) {
    return counted(super.uint32s(numbers))
  }

  override sint32s(numbers: number[] = []) {
    return counted(super.sint32s(numbers))
  }

  override bools(values: boolean[] = []) {
    return counted(super.bools(values))
  }
}

function counted<Item>(items: Item[]): Item[] {
  take(items.length * NUMBER_BYTES)
  return items
}

/** The characters of the longest name of a field, of those in a namespace and in what it contains. */
export function longestName(object: protobufjs.NamespaceBase): number {
  let longest = 0
  const fields = object instanceof protobufjs.Type ? object.fieldsArray : []
  for (const { jsonName } of fields) longest = Math.max(longest, jsonName.length)
  for (const nested of object.nestedArray) {
    if (nested instanceof protobufjs.Namespace) longest = Math.max(longest, longestName(nested))
  }
  return longest
}
