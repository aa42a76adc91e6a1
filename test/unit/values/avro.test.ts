import avsc from 'avsc'
import { avro } from '../../../lib/values/avro.ts'
import { JsonWriter } from '../../../lib/values/json-writer.ts'
import { TooLargeError } from '../../../lib/values/value-error.ts'

const MEGABYTE = 2 ** 20

/** The JSON text of a value in Avro's binary encoding. */
function decode(schema: unknown, bytes: number[] | Buffer, references: unknown[] = [], limit = MEGABYTE): string {
  const text = (definition: unknown) => (typeof definition === 'string' ? definition : JSON.stringify(definition))
  const compiled = avro.compile(
    {
      type: 'AVRO',
      definition: text(schema),
      references: references.map(definition => ({ name: '', definition: text(definition) })),
    },
    { messageIndex: 'confluent' },
  )
  return compiled(Buffer.from(bytes), limit).toString()
}

const record = (name: string, fields: object[], more: object = {}) => ({ type: 'record', name, fields, ...more })
const string = (text: string) => [2 * Buffer.byteLength(text), ...Buffer.from(text)]

/**
 * Java's parser can be told not to check names, and older ones never checked namespaces, so such schemas are in registries. Reports:
 * mtth/avsc 323, confluentinc/confluent-kafka-python 936.
 */
describe('names that the specification does not allow', () => {
  test('are read in a namespace', () => {
    const inner = record('Inner', [{ name: 'id', type: 'int' }])
    const fields = [
      { name: 'first', type: inner },
      { name: 'second', type: 'Inner' },
      { name: 'third', type: 'abc-123.t.Inner' },
    ]
    const schema = record('Outer', fields, { namespace: 'abc-123.t' })
    expect(decode(schema, [2, 4, 6])).toBe('{"first":{"id":1},"second":{"id":2},"third":{"id":3}}')
  })

  test('are read in a field, a symbol, a fixed, and an alias', () => {
    const fields = [
      { name: '1st', type: 'int', aliases: ['one-st'] },
      { name: 'größe "x"', type: { type: 'enum', name: 'my-enum', symbols: ['in-progress', 'done!'] } },
      { name: '', type: { type: 'fixed', name: '16 bits', size: 2 } },
      { name: '__proto__', type: 'string' },
    ]
    const schema = record('an order', fields, { aliases: ['1'] })
    const json = decode(schema, [2, 0, 0xca, 0xfe, ...string('x')])
    expect(json).toBe('{"1st":1,"größe \\"x\\"":"in-progress","":"yv4=","__proto__":"x"}')
  })

  test('are the names of branches', () => {
    const union = [record('a-b', [], { namespace: 'x-y' }), record('c.d-e', [{ name: 'n', type: 'int' }])]
    expect(decode(union, [0])).toBe('{"x-y.a-b":{}}')
    expect(decode(union, [2, 4])).toBe('{"c.d-e":{"n":2}}')
  })
})

describe('names', () => {
  test('of a reference are found, whatever their order, and also before their definition', () => {
    const city = record('City', [{ name: 'name', type: 'string' }], { namespace: 'geo' })
    const address = record('Address', [{ name: 'city', type: 'City' }], { namespace: 'geo' })
    expect(decode('geo.Address', string('Bonn'), [address, city])).toBe('{"city":{"name":"Bonn"}}')
  })

  test('without a namespace are found from within one', () => {
    const plain = record('Plain', [])
    const fields = [{ name: 'p', type: 'Plain' }]
    expect(decode(record('Outer', fields, { namespace: 'ns' }), [], [plain])).toBe('{"p":{}}')
  })

  test('of primitive types may be objects, in one another', () => {
    expect(decode({ type: { type: { type: 'string', 'avro.java.string': 'String' } } }, string('x'))).toBe('"x"')
    expect(decode('int', [4])).toBe('2')
  })

  test.each([
    ['"com.example.Gone"', 'the type "com.example.Gone" is not defined'],
    ['{"type":"record","name":"A"}', 'the fields of A are missing'],
    ['{"type":"record","fields":[]}', 'a name of a type is missing'],
    ['{"type":"enum","name":"E"}', 'the symbols of E are missing'],
    ['{"type":"fixed","name":"F"}', 'the size of F is missing'],
    ['{"type":"array"}', 'undefined is not a type'],
    ['[1]', '1 is not a type'],
  ])('that lead nowhere, or are missing, are a fault of the schema: %s', (schema, message) => {
    expect(() => decode(schema, [])).toThrow(message)
  })
})

/**
 * "If a logical type is invalid, for example a decimal with scale greater than its precision, then implementations should ignore
 * the logical type and use the underlying Avro type." A decimal on a string turned "100" into "2.56". Report: AVRO-2580.
 */
test.each([
  ['a decimal on a string', { type: 'string', logicalType: 'decimal', precision: 4, scale: 2 }, string('100'), '"100"'],
  ['a decimal without a precision', { type: 'bytes', logicalType: 'decimal', scale: 2 }, [4, 1, 0], '"AQA="'],
  ['a decimal of more digits than its fixed has', fixed(1, { precision: 3 }), [0x7f], '"fw=="'],
  [
    'a scale larger than the precision',
    { type: 'bytes', logicalType: 'decimal', precision: 2, scale: 3 },
    [2, 1],
    '"AQ=="',
  ],
  ['a negative scale', { type: 'bytes', logicalType: 'decimal', precision: 2, scale: -1 }, [2, 1], '"AQ=="'],
  ['a precision of 0', { type: 'bytes', logicalType: 'decimal', precision: 0 }, [2, 1], '"AQ=="'],
  ['a UUID on an int', { type: 'int', logicalType: 'uuid' }, [4], '2'],
  ['a date on a string', { type: 'string', logicalType: 'date' }, string('x'), '"x"'],
  ['a duration of the wrong size', { ...fixed(1, {}), logicalType: 'duration' }, [1], '"AQ=="'],
  ['an unknown one', { type: 'long', logicalType: 'lunar-time' }, [4], '2'],
])('%s is ignored', (_, schema, bytes, json) => {
  expect(decode(schema, bytes)).toBe(json)
})

test.each([
  ['bytes', { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }, [4, 0xfb, 0x1e], '"-12.50"'],
  ['bytes without a scale', { type: 'bytes', logicalType: 'decimal', precision: 4 }, [2, 0x7f], '"127"'],
  ['no bytes', { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 1 }, [0], '"0.0"'],
  ['a fixed', fixed(2, { precision: 4, scale: 4 }), [0xff, 0xff], '"-0.0001"'],
])('a valid decimal on %s has all its digits', (_, schema, bytes, json) => {
  expect(decode(schema, bytes)).toBe(json)
})

function fixed(size: number, decimal: object) {
  return { type: 'fixed', name: 'F', size, logicalType: 'decimal', ...decimal }
}

describe('numbers', () => {
  test.each([
    ['long', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], '9223372036854775807'],
    ['long', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], '-9223372036854775808'],
    ['long', [0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20], '9007199254740993'],
    ['long', [1], '-1'],
    ['int', [0xff, 0xff, 0xff, 0xff, 0x0f], '-2147483648'],
    ['double', [0, 0, 0, 0, 0, 0, 0xf8, 0x7f], '"NaN"'],
    ['float', [0, 0, 0x80, 0xff], '"-Infinity"'],
    ['double', [0, 0, 0, 0, 0, 0, 0, 0x80], '0'],
  ])('a %s of %j is %s', (type, bytes, json) => {
    expect(decode(type, bytes)).toBe(json)
  })
})

test('a map keeps every key, in its order: `__proto__` was lost, and whole numbers came first', () => {
  const entry = (key: string, n: number) => [...string(key), 2 * n]
  const map = [8, ...entry('b', 1), ...entry('__proto__', 2), ...entry('7', 3), ...entry('', 4), 0]
  expect(decode({ type: 'map', values: 'int' }, map)).toBe('{"b":1,"__proto__":2,"7":3,"":4}')
})

test('blocks may say how many bytes they have', () => {
  expect(decode({ type: 'array', items: 'int' }, [3, 4, 2, 4, 2, 6, 0])).toBe('[1,2,3]')
})

test('text is escaped, and bytes that are no text become U+FFFD, as in Java', () => {
  expect(decode('string', string('a"\\\n\u0000ü😀'))).toBe(JSON.stringify('a"\\\n\u0000ü😀'))
  expect(decode('string', [4, 0x61, 0xff])).toBe('"a\uFFFD"')
})

test.each([
  ['too few bytes', 'string', [4, 0x61]],
  ['too many bytes', 'string', [2, 0x61, 0x62]],
  ['a negative length', 'string', [1]],
  ['no such branch', ['null', 'int'], [4]],
  ['no such symbol', { type: 'enum', name: 'E', symbols: ['A'] }, [2]],
  ['an int of 33 bits', 'int', [0x80, 0x80, 0x80, 0x80, 0x20]],
  ['a number without an end', 'long', Array(11).fill(0x80)],
  ['a boolean of 2', 'boolean', [2]],
  ['more items than bytes', { type: 'array', items: 'int' }, [0xfe, 0xff, 0xff, 0x0f, 0]],
])('a value with %s is not of its schema', (_, schema, bytes) => {
  expect(() => decode(schema, bytes)).toThrow()
  expect(() => decode(schema, bytes)).not.toThrow(TooLargeError)
})

/** Ten bytes stood for 60,000,000 items, and ended the process. */
describe('a value that a few bytes make large', () => {
  const SIXTY_MILLION = [0x80, 0x9c, 0x9c, 0x39]
  const nothing = record('Nothing', [{ name: 'n', type: 'null' }])
  test.each([
    ['nulls', 'null'],
    ['empty records', record('Empty', [])],
    ['records of nulls', nothing],
    ['a fixed of no bytes', { type: 'fixed', name: 'F', size: 0 }],
  ])('is refused at once: an array of %s', (_, items) => {
    const bytes = Buffer.from([...SIXTY_MILLION, 0])
    expect(() => decode({ type: 'array', items }, bytes, [], 100 * MEGABYTE)).toThrow(TooLargeError)
  })

  test('is refused where its text becomes too large, not after', () => {
    const wide = record('Wide', [{ name: 'x'.repeat(1000), type: 'int' }])
    const bytes = Buffer.concat([Buffer.from([0xa0, 0x9c, 1]), Buffer.alloc(10_001)])
    expect(() => decode({ type: 'array', items: wide }, bytes)).toThrow(TooLargeError)
    expect(decode({ type: 'array', items: 'null' }, [20, 0])).toBe(JSON.stringify(Array(10).fill(null)))
  })

  // Escapes take several times the memory of a text; a text of 60 MB took a gigabyte before it was refused.
  test('is escaped in slices, which are cut between characters', () => {
    const long = (bytes: Buffer) => {
      const length = 2 * bytes.length
      const varint = [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14]
      return Buffer.concat([Buffer.from(varint), bytes])
    }
    for (const part of ['€', '😀', 'é\n', '\u0001']) {
      for (const shift of ['', 'a', 'ab', 'abc']) {
        const text = shift + part.repeat(140_000 / Buffer.byteLength(part))
        expect(decode('string', long(Buffer.from(text)))).toBe(JSON.stringify(text))
      }
    }
    const noText = Buffer.alloc(140_000, Buffer.from([0xf0, 0x9f, 0x98, 0x80, 0x80, 0xff, 0xe2, 0x82]))
    expect(decode('string', long(noText))).toBe(JSON.stringify(noText.toString()))
  })

  // Twenty of them took three seconds before each was refused.
  test('is refused by the very bytes that its items take', () => {
    const schema = { type: 'array', items: record('Ä', [{ name: 'ä', type: nothing }]) }
    const json = '[{"ä":{"n":null}},{"ä":{"n":null}}]'
    expect(decode(schema, [4, 0], [], Buffer.byteLength(json))).toBe(json)
    // Even the first item is not written.
    const { json: write } = JsonWriter.prototype
    JsonWriter.prototype.json = () => {
      throw new Error('written')
    }
    try {
      expect(() => decode(schema, [4, 0], [], Buffer.byteLength(json) - 2)).toThrow(TooLargeError)
    } finally {
      JsonWriter.prototype.json = write
    }
  })

  // The work doubled with each level: 24 of them, 1 KB of schema, took seconds.
  test('is refused at once with records that contain the one below twice, 60 deep', () => {
    let schema: object = record('R0', [])
    for (let level = 1; level <= 60; level++) {
      const fields = [
        { name: 'a', type: schema },
        { name: 'b', type: `R${level - 1}` },
      ]
      schema = record(`R${level}`, fields)
    }
    expect(() => decode({ type: 'array', items: schema }, [2, 0])).toThrow(TooLargeError)
    expect(decode({ type: 'array', items: schema }, [0])).toBe('[]')
  })

  // The digits of a decimal take time by the square of its bytes: 4 MB took six seconds.
  test('is refused with a decimal of more than 4 KB', () => {
    const schema = { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }
    expect(decode(schema, Buffer.concat([Buffer.from([0x80, 0x40]), Buffer.alloc(4_096, 1)]))).toMatch(
      /^"\d{9800,9900}\.\d\d"$/,
    )
    const larger = Buffer.concat([Buffer.from([0x82, 0x40]), Buffer.alloc(4_097, 1)])
    expect(() => decode(schema, larger)).toThrow('it has a decimal of more than 4096 bytes')
    expect(decode('bytes', larger)).toMatch(/^"AQEB/)
  })

  test('is refused with a scale of a billion digits', () => {
    const schema = { type: 'bytes', logicalType: 'decimal', precision: 1e9, scale: 1e9 }
    expect(() => decode(schema, [2, 1])).toThrow(TooLargeError)
  })
})

test('records are read 1,000 deep; far deeper ones are named instead of ending the process', () => {
  const schema = record('Node', [{ name: 'next', type: ['null', 'Node'] }])
  const nested = (depth: number) => Buffer.concat([Buffer.alloc(depth - 1, 2), Buffer.from([0])])
  for (const depth of [1, 1_000]) {
    expect(decode(schema, nested(depth))).toBe(`${'{"next":'.repeat(depth)}null${'}'.repeat(depth)}`)
  }
  for (const depth of [1_001, 1_000_000]) {
    expect(() => decode(schema, nested(depth), [], 100 * MEGABYTE)).toThrow('more than 1000 records in one another')
  }
  // Arrays in one another take stack without being records.
  const arrays = (inner: unknown) => Array.from({ length: 200 }).reduce(items => ({ type: 'array', items }), inner)
  const wide = record('Wide', [{ name: 'next', type: arrays('Wide') }])
  expect(() => decode(wide, Buffer.alloc(500_000, 2), [], 100 * MEGABYTE)).toThrow('it is nested too deep')
  // A record that contains itself takes no bytes at all, and never ends.
  expect(() => decode(record('R', [{ name: 'r', type: 'R' }]), [])).toThrow(TooLargeError)
})

test('what another implementation writes is read, for every type', () => {
  const schema = record('All', [
    { name: 'bytes', type: 'bytes' },
    { name: 'union', type: ['null', { type: 'map', values: ['int', 'string'] }] },
    { name: 'kinds', type: { type: 'array', items: ['string', 'bytes'] } },
  ])
  const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true })
  const value = {
    bytes: Buffer.from([0, 255]),
    union: { map: { a: { int: -5 }, b: { string: 'x' } } },
    kinds: [{ string: 'x' }, { bytes: Buffer.from('x') }],
  }
  expect(JSON.parse(decode(schema, type.toBuffer(value)))).toEqual({
    bytes: 'AP8=',
    union: { a: -5, b: 'x' },
    kinds: [{ string: 'x' }, { bytes: 'eA==' }],
  })
})
