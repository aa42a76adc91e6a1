/** A type of a schema. Its names are those of the schema, whatever characters they have. */
export type AvroType =
  | { kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string' }
  | { kind: 'bytes'; decimalScale?: number }
  | { kind: 'fixed'; name: string; size: number; decimalScale?: number }
  | { kind: 'enum'; name: string; symbols: string[] }
  | { kind: 'record'; name: string; fields: { name: string; type: AvroType }[] }
  | { kind: 'array'; items: AvroType }
  | { kind: 'map'; values: AvroType }
  | { kind: 'union'; branches: AvroType[] }

type Attributes = Record<string, unknown>

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'] as const
const isPrimitive = (name: string): name is (typeof PRIMITIVES)[number] => PRIMITIVES.some(known => known === name)

/**
 * Parses a schema and those that it refers to. Source: Apache Avro 1.12 specification, "Schema Declaration", "Names".
 *
 * A reader needs the types and not what else a schema says, so names may have any characters (Java's parser can be told to
 * accept them), and defaults, aliases, and logical types that change no value are not looked at: many in use are invalid.
 *
 * @param references their definitions, in any order
 * @throws Error that names what is wrong
 */
export function parseAvroSchema(definition: string, references: string[]): AvroType {
  const parser = new Parser()
  for (const reference of references) parser.parse(parseJsonSchema(reference), '')
  const type = parser.parse(parseJsonSchema(definition), '')
  parser.resolveNames()
  return parser.resolved(type)
}

/** A type's bare name is allowed, though it is not JSON. */
function parseJsonSchema(definition: string): unknown {
  const text = definition.trim()
  return /^["[{]/.test(text) ? JSON.parse(text) : text
}

/** A use of a type before its definition, replaced when all definitions are known. */
class Name {
  readonly candidates: string[]

  /** @param candidates full names in the order in which they count */
  constructor(candidates: string[]) {
    this.candidates = candidates
  }
}

type Parsed = AvroType | Name

class Parser {
  readonly #named = new Map<string, AvroType>()
  /** Sets each use of a name to its type. */
  readonly #uses: (() => void)[] = []

  parse(schema: unknown, namespace: string): Parsed {
    if (typeof schema === 'string') return this.#byName(schema, namespace)
    if (Array.isArray(schema)) return this.#union(schema, namespace)
    if (typeof schema !== 'object' || schema === null) throw new Error(`${JSON.stringify(schema)} is not a type`)
    const attributes = schema as Attributes
    const { type } = attributes
    if (typeof type !== 'string') return this.parse(type, namespace)
    if (type === 'bytes') return { kind: 'bytes', decimalScale: decimalScale(attributes) }
    if (type === 'array') return this.#array(attributes, namespace)
    if (type === 'map') return this.#map(attributes, namespace)
    if (type === 'fixed' || type === 'enum' || type === 'record' || type === 'error') {
      return this.#definition(type, attributes, namespace)
    }
    return this.#byName(type, namespace)
  }

  /** Runs when everything is parsed, so that a type may be used before its definition. */
  resolveNames() {
    for (const use of this.#uses) use()
  }

  resolved(parsed: Parsed): AvroType {
    if (!(parsed instanceof Name)) return parsed
    for (const candidate of parsed.candidates) {
      const type = this.#named.get(candidate)
      if (type) return type
    }
    throw new Error(`the type ${JSON.stringify(parsed.candidates[0])} is not defined`)
  }

  /** Gives the type to `set` as soon as it is known. */
  #use(parsed: Parsed, set: (type: AvroType) => void) {
    if (parsed instanceof Name) this.#uses.push(() => set(this.resolved(parsed)))
    else set(parsed)
  }

  #byName(name: string, namespace: string): Parsed {
    if (name === 'bytes') return { kind: name }
    if (isPrimitive(name)) return { kind: name }
    const isQualified = name.includes('.') || namespace === ''
    return new Name(isQualified ? [name] : [`${namespace}.${name}`, name])
  }

  #union(schemas: unknown[], namespace: string): AvroType {
    const branches: AvroType[] = []
    for (const [index, schema] of schemas.entries()) {
      this.#use(this.parse(schema, namespace), type => {
        branches[index] = type
      })
    }
    return { kind: 'union', branches }
  }

  #array({ items }: Attributes, namespace: string): AvroType {
    const array = { kind: 'array' } as AvroType & { kind: 'array' }
    this.#use(this.parse(items, namespace), type => {
      array.items = type
    })
    return array
  }

  #map({ values }: Attributes, namespace: string): AvroType {
    const map = { kind: 'map' } as AvroType & { kind: 'map' }
    this.#use(this.parse(values, namespace), type => {
      map.values = type
    })
    return map
  }

  #definition(kind: 'fixed' | 'enum' | 'record' | 'error', attributes: Attributes, outer: string): AvroType {
    const name = fullName(attributes, outer)
    if (kind === 'fixed') return this.#define({ kind, name, ...fixedSize(name, attributes) })
    if (kind === 'enum') return this.#define({ kind, name, symbols: symbolsOf(name, attributes) })
    const record: AvroType & { kind: 'record' } = { kind: 'record', name, fields: [] }
    // Before its fields, which may be of this type.
    this.#define(record)
    const namespace = name.slice(0, Math.max(name.lastIndexOf('.'), 0))
    for (const [index, field] of listOf<Attributes>(attributes.fields, `fields of ${name}`).entries()) {
      const fieldName = textOf(field?.name, `a name of field ${index} of ${name}`)
      this.#use(this.parse(field.type, namespace), type => {
        record.fields[index] = { name: fieldName, type }
      })
    }
    return record
  }

  #define<Type extends AvroType & { name: string }>(type: Type): Type {
    this.#named.set(type.name, type)
    return type
  }
}

/** A name with a dot is complete. Otherwise its namespace is its own, or that of the enclosing definition. */
function fullName(attributes: Attributes, outer: string): string {
  const name = textOf(attributes.name, 'a name of a type')
  if (name.includes('.')) return name
  const { namespace = outer } = attributes
  return namespace ? `${namespace}.${name}` : name
}

function symbolsOf(name: string, { symbols }: Attributes): string[] {
  return listOf(symbols, `symbols of ${name}`).map(symbol => textOf(symbol, `symbols of ${name}`))
}

function fixedSize(name: string, attributes: Attributes): { size: number; decimalScale?: number } {
  const { size } = attributes
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw new Error(`the size of ${name} is missing`)
  return { size: size as number, decimalScale: decimalScale(attributes, size as number) }
}

/**
 * The scale of a valid decimal; undefined for other types. "Language implementations must ignore unknown logical types when
 * reading, and should use the underlying Avro type. If a logical type is invalid, for example a decimal with scale greater
 * than its precision, then implementations should ignore the logical type." Source: the specification, "Logical Types".
 *
 * @param size bytes of a fixed, which limit the precision
 */
function decimalScale({ logicalType, precision, scale = 0 }: Attributes, size?: number): number | undefined {
  if (logicalType !== 'decimal' || !isWhole(precision) || !isWhole(scale)) return undefined
  const most = size === undefined ? Number.POSITIVE_INFINITY : Math.floor(Math.log10(2) * (8 * size - 1))
  return precision > 0 && precision <= most && scale <= precision ? scale : undefined
}

function isWhole(number: unknown): number is number {
  return Number.isSafeInteger(number) && (number as number) >= 0
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw new Error(`${what} is missing`)
}

function listOf<Item>(value: unknown, what: string): Item[] {
  if (Array.isArray(value)) return value
  throw new Error(`the ${what} are missing`)
}
