import avsc from 'avsc'
import type { SchemaFormat } from './schema-decoder.ts'

/**
 * Avro's binary encoding as plain JSON. Source: Apache Avro 1.12 specification, "Binary encoding". What JSON lacks: bytes and
 * fixed are base64, decimals their digits as a string, numbers that are none a string; large numbers keep all digits. A
 * union's value stands by itself where JSON tells its branches apart, else under the name of its branch.
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
 * A schema without its defaults, which only a reader with another schema needs: many in use are wrong, and the library
 * checks them.
 */
function schemaOf(definition: string): avsc.Schema {
  const text = definition.trimStart()
  // The name of a type alone is no JSON, and allowed.
  if (!/^["[{]/.test(text)) return text.trim()
  return JSON.parse(text, (name, value) => (name === 'default' ? undefined : value)) as avsc.Schema
}

type Convert = (value: never) => unknown

/** A function from what the library reads to what `JSON.stringify` writes. Types that refer to themselves are made once. */
function converterOf(type: avsc.Type, made: Map<avsc.Type, Convert>): Convert {
  const known = made.get(type)
  if (known) return known
  // What refers to it meanwhile finds it finished when the first value comes.
  let convert: Convert = asItIs
  made.set(type, ((value: never) => convert(value)) as Convert)
  convert = createConverter(type, type => converterOf(type, made))
  return convert
}

const asItIs = (value: unknown) => value

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
  return asItIs
}

/** As Protobuf's JSON has them, since JSON has none. */
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

/** A value of a union comes as `{<branch>: value}`. */
function unionConverter(type: avsc.types.WrappedUnionType, convertersOf: (type: avsc.Type) => Convert): Convert {
  const branches = type.types.filter(branch => !(branch instanceof avsc.types.NullType))
  const converters = new Map(branches.map(branch => [branchName(branch), convertersOf(branch)]))
  const areApart = new Set(branches.map(kindOf)).size === branches.length
  return (value: Record<string, never> | null) => {
    if (value === null) return null
    const [[name, content]] = Object.entries(value) as [[string, never]]
    const converted = converters.get(name)?.(content)
    return areApart ? converted : { [name]: converted }
  }
}

/** The name of a branch in the library's values. */
function branchName(type: avsc.Type): string {
  return type.branchName as string
}

/** What a type's values are in JSON. */
function kindOf(type: avsc.Type): string {
  const { types } = avsc
  if (type instanceof types.RecordType || type instanceof types.MapType) return 'object'
  if (type instanceof types.ArrayType) return 'array'
  if (type instanceof types.BooleanType) return 'boolean'
  const isNumber = [types.IntType, types.FloatType, types.DoubleType].some(number => type instanceof number)
  return isNumber || type.typeName === 'abstract:long' ? 'number' : 'string'
}

/** Every `long`, since the library's own refuses numbers that JavaScript's can't hold. */
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

/** Decimals with all their digits. Source: Apache Avro 1.12 specification, "Decimal". */
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
