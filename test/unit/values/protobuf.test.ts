import type protobufjs from 'protobufjs'
import descriptorFile from 'protobufjs/ext/descriptor.js'
import { protobuf } from '../../../lib/values/protobuf.ts'

/** A compiled file, as protoc writes it. */
const { FileDescriptorProto } = descriptorFile as unknown as { FileDescriptorProto: protobufjs.Type }

/** What decodes values of a schema, whose references are given by their import paths, each after those that it imports itself. */
function compile(definition: string, references: Record<string, string> = {}) {
  const list = Object.entries(references).map(([name, definition]) => ({ name, definition }))
  const schema = { type: 'PROTOBUF' as const, definition, references: list }
  const decode = protobuf.compile(schema, { messageIndex: 'confluent' })
  return (bytes: number[] | Buffer, limit = 1_000_000) =>
    JSON.parse(decode(Buffer.concat([Buffer.of(0), Buffer.from(bytes)]), limit).toString())
}

/** The field 1 with text. */
const text = (value: string) => [0x0a, value.length, ...Buffer.from(value)]

const VALIDATE = `syntax = "proto2"; package validate; import "google/protobuf/descriptor.proto";
  extend google.protobuf.MessageOptions { optional bool disabled = 1071; }
  extend google.protobuf.OneofOptions { optional bool required = 1071; }
  extend google.protobuf.FieldOptions { optional FieldRules rules = 1071; }
  message FieldRules { optional StringRules string = 14; }
  message StringRules { optional uint64 min_len = 2; }`

/** Every value of such a schema was said not to be of it. Reports: confluentinc/schema-registry 3511, 2777. */
describe('options that a schema declares or uses', () => {
  test('in its own file', () => {
    const decode = compile(`syntax = "proto3"; package shop; import "google/protobuf/descriptor.proto";
      extend google.protobuf.FieldOptions { string column = 50001; repeated int32 ranks = 50002; }
      extend google.protobuf.EnumValueOptions { string label = 50003; }
      message Order { string id = 1 [(column) = "ID", (ranks) = 1, (shop.ranks) = 2]; Status status = 2; }
      enum Status { OPEN = 0 [(label) = "open"]; DONE = 1; }`)
    expect(decode([...text('a'), 0x10, 1])).toEqual({ id: 'a', status: 'DONE' })
  })

  test('in a file that it imports', () => {
    const schema = `syntax = "proto3"; package shop; import "validate/validate.proto";
      message Order { option (validate.disabled) = true; string id = 1 [(validate.rules).string = { min_len: 2 }]; }`
    expect(compile(schema, { 'validate/validate.proto': VALIDATE })(text('a'))).toEqual({ id: 'a' })
  })

  test('of a file that is registered nowhere, as google/api often is', () => {
    const schema = `syntax = "proto3"; package shop; import "google/api/field_behavior.proto"; import "scalapb/scalapb.proto";
      option (scalapb.options) = { flat_package: true, import: "com.example" };
      message Order { option (scalapb.message).extends = "Event"; string id = 1 [(google.api.field_behavior) = REQUIRED]; }`
    expect(compile(schema)(text('a'))).toEqual({ id: 'a' })
  })

  test('without the import that declaring them takes', () => {
    const schema = `syntax = "proto3"; extend google.protobuf.FileOptions { string owner = 50000; } message A { string a = 1; }`
    expect(compile(schema)(text('x'))).toEqual({ a: 'x' })
  })

  test('within a message', () => {
    const schema = `syntax = "proto3"; import "google/protobuf/descriptor.proto";
      message A { extend google.protobuf.FieldOptions { A nested = 50000; } string a = 1 [(A.nested) = { a: "b" }]; }`
    expect(compile(schema)(text('x'))).toEqual({ a: 'x' })
  })
})

test('extensions of messages are decoded, of text and of a compiled file', () => {
  const schema = `syntax = "proto2"; package shop; message Order { optional string id = 1; extensions 100 to 200; }
    extend Order { optional int32 priority = 100; }`
  const bytes = [...text('a'), 0xa0, 0x06, 7]
  const expected = { id: 'a', '[shop.priority]': 7 }
  expect(compile(schema)(bytes)).toEqual(expected)
  const descriptor = FileDescriptorProto.fromObject({
    package: 'shop',
    syntax: 'proto2',
    messageType: [
      {
        name: 'Order',
        field: [{ name: 'id', number: 1, type: 'TYPE_STRING', label: 'LABEL_OPTIONAL' }],
        extensionRange: [{ start: 100, end: 201 }],
      },
    ],
    extension: [
      { name: 'priority', number: 100, type: 'TYPE_INT32', label: 'LABEL_OPTIONAL', extendee: '.shop.Order' },
    ],
  })
  const compiled = Buffer.from(FileDescriptorProto.encode(descriptor).finish()).toString('base64')
  expect(compile(compiled)(bytes)).toEqual(expected)
})

test.each([
  'google/protobuf/any.proto',
  'google/protobuf/descriptor.proto',
  'google/protobuf/duration.proto',
  'google/protobuf/empty.proto',
  'google/protobuf/field_mask.proto',
  'google/protobuf/struct.proto',
  'google/protobuf/timestamp.proto',
  'google/protobuf/wrappers.proto',
  'confluent/meta.proto',
  'confluent/type/decimal.proto',
  ...['calendar_period', 'color', 'date', 'datetime', 'dayofweek', 'decimal', 'expr', 'fraction', 'interval', 'latlng'],
  ...['localized_text', 'money', 'month', 'phone_number', 'postal_address', 'quaternion', 'timeofday'],
])('%s needs no reference', name => {
  const path = name.includes('/') ? name : `google/type/${name}.proto`
  expect(compile(`syntax = "proto3"; import "${path}"; message A { string a = 1; }`)(text('x'))).toEqual({ a: 'x' })
})

test('a known file’s types are those that the schema means', () => {
  const schema = `syntax = "proto3"; import "google/type/money.proto"; import "google/type/dayofweek.proto";
    message A { google.type.Money price = 1; google.type.DayOfWeek day = 2; }`
  const bytes = [0x0a, 7, 0x0a, 3, ...Buffer.from('EUR'), 0x10, 5, 0x10, 7]
  expect(compile(schema)(bytes)).toEqual({ price: { currencyCode: 'EUR', units: '5' }, day: 'SUNDAY' })
})

test.each([
  ['a type that is not there', 'syntax = "proto3"; message A { Gone gone = 1; }', /Gone/],
  ['no schema', 'hello world', /hello/],
  ['a message to extend that is not there', 'syntax = "proto2"; extend Gone { optional int32 a = 1; }', /Gone/],
])('%s is a fault of the schema, found before any value is decoded', (_, schema, message) => {
  expect(() => compile(schema)).toThrow(message)
})

describe('google.protobuf.Any', () => {
  const decode = compile(`syntax = "proto3"; package shop; import "google/protobuf/any.proto";
    message Event { google.protobuf.Any content = 1; } message Order { string id = 1; }`)
  const event = (url: string, content: number[]) => {
    const any = [...text(url), 0x12, content.length, ...content]
    return [0x0a, any.length, ...any]
  }

  test('of a type of the schema is that message', () => {
    const json = { content: { '@type': 'type.googleapis.com/shop.Order', id: 'a' } }
    expect(decode(event('type.googleapis.com/shop.Order', text('a')))).toEqual(json)
  })

  // Java gives up the whole message. A record's other fields are worth more. Report: redpanda-data/console 368.
  test('of another type keeps its bytes', () => {
    for (const url of ['type.googleapis.com/shop.Unknown', 'x/Order', 'x/Event']) {
      expect(decode(event(url, [0xca, 0xfe]))).toEqual({ content: { '@type': url, value: 'yv4=' } })
    }
    expect(decode(event('x/shop.Empty', []))).toEqual({ content: { '@type': 'x/shop.Empty', value: '' } })
  })
})

test('a map keeps the key `__proto__`', () => {
  const entry = [...text('__proto__'), 0x12, 1, 0x78]
  const decode = compile('syntax = "proto3"; message A { map<string, string> a = 1; }')
  expect(Object.entries(decode([0x0a, entry.length, ...entry]).a)).toEqual([['__proto__', 'x']])
})

test('a message within itself is decoded 90 deep, as by Google’s own libraries, and not endlessly', () => {
  const decode = compile('syntax = "proto3"; message A { A a = 1; }')
  const nested = (depth: number) => {
    let bytes = Buffer.alloc(0)
    for (let i = 0; i < depth; i++) bytes = Buffer.concat([Buffer.from([0x0a]), varint(bytes.length), bytes])
    return [...bytes]
  }
  expect(JSON.stringify(decode(nested(90)))).toBe(`${'{"a":'.repeat(90)}{}${'}'.repeat(90)}`)
  expect(() => decode(nested(1_000))).toThrow()
})

function varint(number: number): Buffer {
  return number < 128 ? Buffer.from([number]) : Buffer.from([(number & 127) | 128, number >> 7])
}

test('a value whose JSON is larger than a value may be is refused', () => {
  const decode = compile('syntax = "proto3"; message A { repeated A a = 1; }')
  const empties = Array.from({ length: 1_000 }, () => [0x0a, 0]).flat()
  expect(decode(empties, 3_010).a).toHaveLength(1_000)
  expect(() => decode(empties, 3_000)).toThrow('its JSON has more than 3000 bytes')
})

// What is built of them takes a hundred times their bytes: 8 MB of empty messages took 700 MB, and nine seconds.
describe('a value of too many parts is refused, however small its JSON', () => {
  const MEGABYTE = 2 ** 20
  const lengthOf = (bytes: number) => [
    (bytes & 0x7f) | 0x80,
    ((bytes >> 7) & 0x7f) | 0x80,
    ((bytes >> 14) & 0x7f) | 0x80,
    bytes >> 21,
  ]
  test.each([
    ['empty messages', 'repeated A many = 1;', Buffer.alloc(4 * MEGABYTE, Buffer.from([0x0a, 0]))],
    [
      'numbers of 64 bits',
      'repeated int64 many = 1;',
      [0x0a, ...lengthOf(2 * MEGABYTE), ...Buffer.alloc(2 * MEGABYTE, 1)],
    ],
    ['numbers', 'repeated int32 many = 1;', [0x0a, ...lengthOf(7 * MEGABYTE), ...Buffer.alloc(7 * MEGABYTE, 1)]],
    [
      'long names',
      `repeated A many = 1; int32 ${'n'.repeat(1000)} = 2;`,
      Buffer.alloc(MEGABYTE, Buffer.from([0x0a, 2, 0x10, 1])),
    ],
  ])('%s', (_, fields, bytes) => {
    const decode = compile(`syntax = "proto3"; message A { ${fields} }`)
    expect(() => decode(bytes, 16 * MEGABYTE)).toThrow('it has too many fields')
    expect(decode(bytes.slice(0, 0))).toEqual({})
  })
})
