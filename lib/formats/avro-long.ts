import avsc from 'avsc'
import type { StoredRecord } from './format.ts'

/**
 * The numbers that the library writes exactly. It computes with twice the number, so it loses the last digit of smaller ones,
 * and refuses the two safe integers furthest from zero. Nearly all records need no more, and {@link EXACT_LONG} is slower.
 */
const LIBRARY_MIN = -(2 ** 52)
const LIBRARY_MAX = Number.MAX_SAFE_INTEGER - 1

/** Whether an offset or a timestamp needs {@link EXACT_LONG}. */
export function needsExactLong({ offset, timestamp }: StoredRecord): boolean {
  return offset > LIBRARY_MAX || timestamp > LIBRARY_MAX || timestamp < LIBRARY_MIN
}

/** Avro's `long` for every safe integer. */
const EXACT_LONG = avsc.types.LongType.__with({
  toBuffer(number: number) {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64LE(BigInt(number))
    return bytes
  },
  fromBuffer: (bytes: Buffer) => Number(bytes.readBigInt64LE()),
  isValid: Number.isSafeInteger,
  compare: (one: number, other: number) => Math.sign(one - other),
  fromJSON: unused,
  toJSON: unused,
})

function unused(): never {
  throw new Error('records are not written as Avro’s JSON')
}

/** The type of a schema whose every `long` is an {@link EXACT_LONG}. */
export function exactType(schema: avsc.Schema): avsc.Type {
  return avsc.Type.forSchema(schema, { typeHook: exactLong })
}

function exactLong(schema: avsc.Schema): avsc.Type | undefined {
  const isLong = schema === 'long' || (schema as { type?: unknown }).type === 'long'
  return isLong ? EXACT_LONG : undefined
}
