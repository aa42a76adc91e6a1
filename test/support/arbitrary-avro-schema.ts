import fc from 'fast-check'

/** A type without names: they are added afterwards, because each may be defined only once. */
type Shape =
  | string
  | { type: string; logicalType?: string; precision?: number; scale?: number }
  | { array: Shape }
  | { map: Shape }
  | { record: Shape[]; namespace?: string }
  | { union: Shape[] }
  | { fixed: number; decimal?: object }
  | { enum: number }

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']

const logicalTypes = [
  ...['decimal', 'big-decimal', 'uuid', 'date', 'time-millis', 'time-micros', 'duration', 'no-such-type'],
  ...['timestamp-millis', 'timestamp-micros', 'timestamp-nanos'],
  ...['local-timestamp-millis', 'local-timestamp-micros', 'local-timestamp-nanos'],
]

/** Any logical type on any primitive, so mostly invalid ones. */
const logical = fc.record({
  type: fc.constantFrom(...primitives.slice(1)),
  logicalType: fc.constantFrom(...logicalTypes),
  precision: fc.integer({ min: 0, max: 40 }),
  scale: fc.integer({ min: 0, max: 40 }),
})

const decimal = fc.record({
  logicalType: fc.constant('decimal'),
  precision: fc.integer({ min: 1, max: 20 }),
  scale: fc.integer({ min: 0, max: 20 }),
})

/** Names that Java's parser accepts when it is told not to check them. None has a dot, which would make it a full name. */
const awkward = ['a', '1st', 'in-progress', 'größe', '__proto__', 'x y', '"', 'constructor', 'a/b', '$']
const namespaces = ['abc-123.t', 'com.example', '1.2']

const { shape } = fc.letrec<{ shape: Shape }>(tie => ({
  shape: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...primitives),
    logical,
    fc.record({ fixed: fc.integer({ min: 0, max: 20 }), decimal: fc.option(decimal, { nil: undefined }) }),
    fc.record({ enum: fc.integer({ min: 1, max: awkward.length }) }),
    fc.record({ array: tie('shape') }),
    fc.record({ map: tie('shape') }),
    fc.record({ union: fc.array(tie('shape'), { minLength: 1, maxLength: 5 }) }),
    fc.record({
      record: fc.array(tie('shape'), { maxLength: 6 }),
      namespace: fc.option(fc.constantFrom(...namespaces), { nil: undefined }),
    }),
  ),
}))

/** A schema of Avro as Java's parser takes it, with names and logical types that the specification does not allow. */
export const arbitraryAvroSchema = shape.map(shape => new Naming().schema(shape))

class Naming {
  #names = 0

  schema(shape: Shape): unknown {
    if (typeof shape === 'string' || 'type' in shape) return shape
    if ('array' in shape) return { type: 'array', items: this.schema(shape.array) }
    if ('map' in shape) return { type: 'map', values: this.schema(shape.map) }
    if ('fixed' in shape) return { type: 'fixed', name: this.#name(), size: shape.fixed, ...shape.decimal }
    if ('enum' in shape) return { type: 'enum', name: this.#name(), symbols: awkward.slice(0, shape.enum) }
    if ('union' in shape) return this.#union(shape.union)
    const fields = shape.record.map((type, index) => ({ name: awkward[index], type: this.schema(type) }))
    return { type: 'record', name: this.#name(), namespace: shape.namespace, fields }
  }

  /** Not of unions, and with at most one type of each kind that has no name. */
  #union(shapes: Shape[]): unknown {
    const kinds = new Set<string>()
    const branches = shapes.flatMap(shape => {
      if (typeof shape === 'object' && 'union' in shape) return []
      const schema = this.schema(shape) as { type: string; name?: string } | string
      const kind = typeof schema === 'string' ? schema : (schema.name ?? schema.type)
      if (kinds.has(kind)) return []
      kinds.add(kind)
      return [schema]
    })
    return branches.length > 0 ? branches : ['null']
  }

  #name(): string {
    this.#names += 1
    return `${awkward[this.#names % awkward.length]}-${this.#names}`
  }
}
