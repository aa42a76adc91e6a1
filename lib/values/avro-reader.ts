import type { AvroBytes } from './avro-bytes.ts'
import type { AvroType } from './avro-schema.ts'
import type { JsonWriter } from './json-writer.ts'
import { TooLargeError } from './value-error.ts'

/** Reads a part of a value and writes its JSON. */
export type Read = (bytes: AvroBytes, json: JsonWriter) => void

/**
 * How deep records may be in one another. Reading one in a union takes 421 bytes of the stack, of which Node.js has 984 KB, and one
 * in a union, an array and a map more. Few JSON parsers follow further (Jackson's limit is 1,000).
 */
const MOST_DEPTH = 1_000

/**
 * Bytes of a decimal, nearly ten thousand digits. Making the digits takes time by the square of the bytes: 4 MB took six seconds.
 */
const MOST_DECIMAL_BYTES = 4096

type Reads = (type: AvroType) => Read

/** Makes the function that reads a type. Types may contain themselves. */
export function avroReader(type: AvroType): Read {
  const made = new Map<AvroType, Read>()
  const constants: Constants = new Map()
  const readerOf: Reads = type => {
    const known = made.get(type)
    if (known) return known
    // What is asked for while it is being made calls the finished reader later.
    let read: Read = unfinished
    made.set(type, (bytes, json) => read(bytes, json))
    read = create(type, readerOf, constants)
    made.set(type, read)
    return read
  }
  return readerOf(type)
}

const unfinished = () => {}

function create(type: AvroType, readerOf: Reads, constants: Constants): Read {
  switch (type.kind) {
    case 'null':
      return (_, json) => json.ascii('null')
    case 'boolean':
      return (bytes, json) => json.ascii(bytes.boolean() ? 'true' : 'false')
    case 'int':
      return readInt
    case 'long':
      return (bytes, json) => json.ascii(bytes.long())
    case 'float':
      return (bytes, json) => json.ascii(numberText(bytes.float()))
    case 'double':
      return (bytes, json) => json.ascii(numberText(bytes.double()))
    case 'string':
      return readString
    case 'bytes':
      return binaryReader(bytes => bytes.int(), type.decimalScale)
    case 'fixed':
      return binaryReader(() => type.size, type.decimalScale)
    case 'enum':
      return enumReader(type.symbols)
    case 'record':
      return recordReader(type.fields, readerOf)
    case 'array':
      return blockReader('[', ']', readerOf(type.items), constantBytes(type.items, constants))
    case 'map':
      return blockReader('{', '}', entryReader(readerOf(type.values)))
    case 'union':
      return unionReader(type.branches, readerOf)
  }
}

/** NaN and infinities, which JSON lacks, become strings, as in Protobuf's JSON. */
export function numberText(number: number): string {
  return Number.isFinite(number) ? String(number) : `"${number}"`
}

const readInt: Read = (bytes, json) => {
  const number = bytes.int()
  if (number !== (number | 0)) throw new Error('an int has more than 32 bits')
  json.ascii(String(number))
}

const readString: Read = (bytes, json) => {
  const length = bytes.int()
  const start = bytes.take(length)
  json.string(bytes.bytes, start, start + length)
}

function binaryReader(lengthOf: (bytes: AvroBytes) => number, decimalScale: number | undefined): Read {
  return (bytes, json) => {
    const length = lengthOf(bytes)
    const start = bytes.take(length)
    const { bytes: all } = bytes
    // A scale may be far larger than the bytes, and stands for as many zeros.
    json.expect(decimalScale ?? 0)
    if (decimalScale !== undefined && length > MOST_DECIMAL_BYTES) {
      throw new TooLargeError(`it has a decimal of more than ${MOST_DECIMAL_BYTES} bytes`)
    }
    json.ascii('"')
    json.ascii(
      decimalScale === undefined
        ? all.toString('base64', start, start + length)
        : decimalText(all.subarray(start, start + length), decimalScale),
    )
    json.ascii('"')
  }
}

/** A decimal with all its digits. Source: Apache Avro 1.12 specification, "Decimal". */
export function decimalText(bytes: Buffer, scale: number): string {
  const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const [whole, fraction] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale)]
  return `${unscaled < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`
}

function enumReader(symbols: string[]): Read {
  const texts = symbols.map(symbol => Buffer.from(JSON.stringify(symbol)))
  return (bytes, json) => {
    const text = texts[bytes.int()]
    if (!text) throw new Error('no such symbol')
    json.json(text)
  }
}

function recordReader(fields: (AvroType & { kind: 'record' })['fields'], readerOf: Reads): Read {
  const members = fields.map(({ name, type }, index) => ({
    start: Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    read: readerOf(type),
  }))
  if (members.length === 0) return (_, json) => json.ascii('{}')
  return (bytes, json) => {
    if (bytes.depth >= MOST_DEPTH) throw new TooLargeError(`it has more than ${MOST_DEPTH} records in one another`)
    bytes.depth += 1
    for (const { start, read } of members) {
      json.json(start)
      read(bytes, json)
    }
    bytes.depth -= 1
    json.ascii('}')
  }
}

/**
 * Arrays and maps come in blocks; a negative count is followed by the block's bytes. The last block is empty.
 *
 * @param itemBytes of the JSON of an item, if items take no bytes, so that a few bytes can stand for any number of them
 */
function blockReader(start: string, end: string, readItem: Read, itemBytes?: number): Read {
  return (bytes, json) => {
    json.ascii(start)
    let isFirst = true
    for (let count = bytes.int(); count !== 0; count = bytes.int()) {
      if (count < 0) bytes.int()
      // Refused at once, not after all the items for which there is room.
      if (itemBytes === undefined) bytes.expect(Math.abs(count))
      else json.expect(Math.abs(count) * (itemBytes + 1) - 1)
      for (let left = Math.abs(count); left > 0; left--) {
        if (!isFirst) json.ascii(',')
        isFirst = false
        readItem(bytes, json)
      }
    }
    json.ascii(end)
  }
}

/** The bytes of the JSON of types whose values are encoded in no bytes; undefined for others. */
type Constants = Map<AvroType, number | undefined>

/**
 * The bytes of a type's JSON, if its values are encoded in no bytes and so are all the same. Each type is looked at once: records
 * in records would otherwise double the work at each level.
 */
function constantBytes(type: AvroType, constants: Constants): number | undefined {
  if (type.kind === 'null') return 'null'.length
  if (type.kind === 'fixed') return type.size === 0 ? '""'.length : undefined
  if (type.kind !== 'record') return undefined
  if (!constants.has(type)) {
    // A record within itself takes some bytes, if it can be read at all.
    constants.set(type, undefined)
    constants.set(type, constantRecordBytes(type, constants))
  }
  return constants.get(type)
}

function constantRecordBytes({ fields }: AvroType & { kind: 'record' }, constants: Constants): number | undefined {
  let bytes = '{}'.length + Math.max(fields.length - 1, 0)
  for (const { name, type } of fields) {
    const fieldBytes = constantBytes(type, constants)
    if (fieldBytes === undefined) return undefined
    bytes += Buffer.byteLength(`${JSON.stringify(name)}:`) + fieldBytes
  }
  return bytes
}

function entryReader(readValue: Read): Read {
  return (bytes, json) => {
    readString(bytes, json)
    json.ascii(':')
    readValue(bytes, json)
  }
}

/** A value is written under its branch's name when JSON does not tell the branches apart. */
function unionReader(branches: AvroType[], readerOf: Reads): Read {
  const kinds = branches.filter(({ kind }) => kind !== 'null').map(jsonKind)
  const areDistinct = new Set(kinds).size === kinds.length
  const readers = branches.map(branch => {
    const read = readerOf(branch)
    return areDistinct || branch.kind === 'null' ? read : underName(branchName(branch), read)
  })
  return (bytes, json) => {
    const read = readers[bytes.int()]
    if (!read) throw new Error('no such branch')
    read(bytes, json)
  }
}

function underName(name: string, read: Read): Read {
  const start = Buffer.from(`{${JSON.stringify(name)}:`)
  return (bytes, json) => {
    json.json(start)
    read(bytes, json)
    json.ascii('}')
  }
}

/** Source: Apache Avro 1.12 specification, "JSON Encoding": a type's name. */
function branchName(type: AvroType): string {
  return 'name' in type ? type.name : type.kind
}

/** The JSON type of a type's values. */
function jsonKind({ kind }: AvroType): string {
  if (kind === 'record' || kind === 'map') return 'object'
  if (kind === 'int' || kind === 'long' || kind === 'float' || kind === 'double') return 'number'
  return kind === 'array' || kind === 'boolean' ? kind : 'string'
}
