import avsc from 'avsc'
import type { SchemaFormat } from './schema-decoder.ts'

/**
 * Decodes Avro's binary encoding to plain JSON. Source: Apache Avro 1.12 specification, "Binary encoding". For what JSON lacks:
 * bytes and fixed become base64, decimals a string of their digits, NaN and infinities strings; large numbers keep all their
 * digits. A union's value is written without its branch when JSON distinguishes the branches, otherwise under the branch's
 * name.
 */
export const avro: SchemaFormat = {
  type: 'AVRO',
  compile({ definition, references }) {
    const options = { registry: {}, wrapUnions: true, logicalTypes: { decimal: Decimal }, typeHook: exactLong }
    for (const reference of references) avsc.Type.forSchema(schemaOf(reference.definition), options)
    const type = avsc.Type.forSchema(schemaOf(definition), options)
    const toJson = converterOf(type, new Map())
    return bytes => JSON.stringify(toJson(type.fromBuffer(bytes) as never))
  },
}

/**
 * A schema without its defaults, which matter only to readers with another schema. Many defaults in use are invalid, and the
 * library would refuse the schema.
 */
function schemaOf(definition: string): avsc.Schema {
  const text = definition.trimStart()
  // A type's bare name is allowed, though it is not JSON.
  if (!/^["[{]/.test(text)) return text.trim()
  return JSON.parse(text, (name, value) => (name === 'default' ? undefined : value)) as avsc.Schema
}

type Convert = (value: never) => unknown

/** Makes a function that converts the library's values for `JSON.stringify`; one per type, so that types may be recursive. */
function converterOf(type: avsc.Type, made: Map<avsc.Type, Convert>): Convert {
  const known = made.get(type)
  if (known) return known
  // Recursive references get a function that calls the finished converter later.
  let convert: Convert = unchanged
  made.set(type, ((value: never) => convert(value)) as Convert)
  convert = createConverter(type, type => converterOf(type, made))
  return convert
}

const unchanged = (value: unknown) => value

function createConverter(type: avsc.Type, convertersOf: (type: avsc.Type) => Convert): Convert {
  const { types } = avsc
  if (type instanceof types.RecordType) return recordConverter(type, convertersOf)
  if (type instanceof types.WrappedUnionType) return unionConverter(type, convertersOf)
  if (type instanceof types.ArrayType) {
    const convert = convertersOf(type.itemsType)
    return (items: never[]) => items.map(item => convert(item))
  }
  if (type instanceof types.MapType) {
    const convert = convertersOf(type.valuesType)
    return (map: Record<string, never>) =>
      Object.fromEntries(Object.entries(map).map(([name, value]) => [name, convert(value)]))
  }
  if (type instanceof types.BytesType || type instanceof types.FixedType) {
    return (bytes: Buffer) => bytes.toString('base64')
  }
  if (type instanceof types.FloatType || type instanceof types.DoubleType) return finite
  return unchanged
}

/** NaN and infinities, which JSON lacks, become strings, as in Protobuf's JSON. */
function finite(number: number): unknown {
  return Number.isFinite(number) ? number : String(number)
}

function recordConverter(type: avsc.types.RecordType, convertersOf: (type: avsc.Type) => Convert): Convert {
  const fields = type.fields.map(({ name, type }) => ({ name, convert: convertersOf(type) }))
  return (record: Record<string, never>) => {
    const json: Record<string, unknown> = {}
    for (const { name, convert } of fields) json[name] = convert(record[name] as never)
    return json
  }
}

/** The library wraps a union's value as `{<branch>: value}`. */
function unionConverter(type: avsc.types.WrappedUnionType, convertersOf: (type: avsc.Type) => Convert): Convert {
  const branches = type.types.filter(branch => !(branch instanceof avsc.types.NullType))
  const converters = new Map(branches.map(branch => [branchName(branch), convertersOf(branch)]))
  const areDistinct = new Set(branches.map(kindOf)).size === branches.length
  return (value: Record<string, never> | null) => {
    if (value === null) return null
    const [[name, content]] = Object.entries(value) as [[string, never]]
    const converted = converters.get(name)?.(content)
    return areDistinct ? converted : { [name]: converted }
  }
}

/** A branch's name in the library's values. */
function branchName(type: avsc.Type): string {
  return type.branchName as string
}

/** The JSON type of a type's values. */
function kindOf(type: avsc.Type): string {
  const { types } = avsc
  if (type instanceof types.RecordType || type instanceof types.MapType) return 'object'
  if (type instanceof types.ArrayType) return 'array'
  if (type instanceof types.BooleanType) return 'boolean'
  const isNumber = [types.IntType, types.FloatType, types.DoubleType].some(number => type instanceof number)
  return isNumber || type.typeName === 'abstract:long' ? 'number' : 'string'
}

/** Replaces the library's `long`, which refuses numbers that a JavaScript number can't represent. */
function exactLong(schema: avsc.Schema): avsc.Type | undefined {
  const isLong = schema === 'long' || (schema as { type?: unknown }).type === 'long'
  return isLong ? EXACT_LONG : undefined
}

const EXACT_LONG = avsc.types.LongType.__with({
  fromBuffer(bytes: Buffer) {
    const long = bytes.readBigInt64LE()
    const number = Number(long)
    return Number.isSafeInteger(number) ? number : JSON.rawJSON(String(long))
  },
  toBuffer: unused,
  fromJSON: unused,
  toJSON: unused,
  isValid: unused,
  compare: unused,
})

function unused(): never {
  throw new Error('values are only read')
}

/** Decodes decimals with all their digits. Source: Apache Avro 1.12 specification, "Decimal". */
class Decimal extends avsc.types.LogicalType {
  readonly #scale: number

  constructor(schema: avsc.Schema, options: object) {
    super(schema, options)
    this.#scale = Number((schema as { scale?: number }).scale ?? 0)
  }

  protected override _fromValue(bytes: Buffer): string {
    const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(this.#scale + 1, '0')
    const [whole, fraction] = [digits.slice(0, digits.length - this.#scale), digits.slice(digits.length - this.#scale)]
    return `${unscaled < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`
  }
}
