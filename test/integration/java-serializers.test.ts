import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import type protobufjs from 'protobufjs'
import descriptorFile from 'protobufjs/ext/descriptor.js'
import { decoderOf, type ValueFormatName } from '../../lib/values/index.ts'
import { arbitraryAvroSchema } from '../support/arbitrary-avro-schema.ts'
import { awkwardRecord } from '../support/awkward-records.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { LIMIT, serialized } from '../support/serialized-values.ts'
import {
  avroValue,
  avroValues,
  compileProtos,
  googleFile,
  type JavaValue,
  protobufValue,
  protobufValues,
} from '../support/serializer-oracle.ts'

/**
 * What Java writes is what is in Kafka. Confluent's serializers for Java are Avro's and Protobuf's own encoders behind a schema id,
 * and these are the oracle, with Confluent's framing: values that they write are read here as Java reads them.
 */
const registry = new TestRegistry()
let url: string

beforeAll(async () => {
  url = await registry.start()
})

afterAll(() => registry.stop())

/** A cold decoder of values with a schema that is registered, with its references, as Confluent's serializers do it. */
async function decoderFor(
  format: ValueFormatName,
  schemaType: string,
  schema: string,
  imports: Record<string, string> = {},
) {
  const references = Object.entries(imports).map(([name, schema]) => {
    const subject = `${name} ${registry.register(`any`, { schema, schemaType })}`
    registry.register(subject, { schema, schemaType })
    return { name, subject, version: 1 }
  })
  const id = registry.register('values', { schema, schemaType, references })
  const decode = await decoderOf(format, { urls: [url] })?.()
  return async (bytes: Buffer) => {
    const value = serialized(id, ...bytes)
    return String(await decode?.({ ...awkwardRecord({}), value }, LIMIT))
  }
}

/** JSON whose whole numbers keep their digits, and whose members are a list, so that `__proto__` is one. */
function canonical(json: string): unknown {
  return JSON.parse(json, (_, value, { source }) => {
    if (typeof value === 'number') return /^-?\d{16,}$/.test(source ?? '') ? BigInt(source as string) : value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  })
}

async function expectSame(decode: (bytes: Buffer) => Promise<string>, values: JavaValue[]) {
  expect(values.length).toBeGreaterThan(0)
  for (const { bytes, json } of values) expect(canonical(await decode(bytes))).toEqual(canonical(json))
}

describe('Avro', () => {
  const SCHEMAS = 150
  const VALUES = 10

  test('of any schema that Java accepts, with awkward names and invalid logical types, is what Java reads', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryAvroSchema, fc.nat(), async (type, seed) => {
        const schema = JSON.stringify(type)
        await expectSame(await decoderFor('avro', 'AVRO', schema), await avroValues(schema, [], VALUES, seed))
      }),
      { numRuns: SCHEMAS },
    )
  })

  const address = '{"type":"record","name":"Address","namespace":"abc-123.t","fields":[{"name":"1st","type":"string"}]}'

  test.each([
    ['a reference', { name: 'a', type: 'abc-123.t.Address' }, '{"1st":"x"}'],
    ['map keys', { name: 'a', type: { type: 'map', values: 'int' } }, '{"__proto__":1,"":2,"1":3,"constructor":4}'],
    ['a field `__proto__`', { name: '__proto__', type: 'int' }, '1'],
    ['a symbol', { name: 'a', type: { type: 'enum', name: 'E', symbols: ['A', 'in-progress'] } }, '"in-progress"'],
    ['the largest long', { name: 'a', type: 'long' }, '9223372036854775807'],
    ['a decimal on a string', { name: 'a', type: { type: 'string', logicalType: 'decimal', precision: 4 } }, '"100"'],
    ['a union', { name: 'a', type: ['null', 'string', 'bytes'] }, '{"string":"x"}'],
  ])('%s', async (_, field, value) => {
    const schema = JSON.stringify({ type: 'record', name: 'R', namespace: 'other', fields: [field] })
    const decode = await decoderFor('avro', 'AVRO', schema, { 'abc-123.t.Address': address })
    await expectSame(decode, await avroValue(schema, [address], `{"${field.name}":${value}}`))
  })

  test('of a record within itself', async () => {
    const schema = '{"type":"record","name":"N-1","fields":[{"name":"next","type":["null","N-1"]}]}'
    const json = `${'{"next":{"N-1":'.repeat(200)}{"next":null}${'}}'.repeat(200)}`
    await expectSame(await decoderFor('avro', 'AVRO', schema), await avroValue(schema, [], json))
  })
})

describe('Protobuf', () => {
  const protos = join(import.meta.dirname, '../support/protos')
  const MESSAGES = 150
  const files: Record<string, string> = {}
  let set: Buffer

  beforeAll(async () => {
    for (const name of await readdir(protos)) files[name] = await readFile(join(protos, name), 'utf8')
    const google = ['api/annotations', 'api/http', 'api/field_behavior', ...GOOGLE_TYPES.map(name => `type/${name}`)]
    for (const name of google) files[`google/${name}.proto`] = await googleFile(`google/${name}.proto`)
    files['google-types.proto'] = GOOGLE_TYPES_PROTO
    set = await compileProtos(files)
  })

  /** With the schema as text, which Java's serializers register, and compiled, as Python's do. */
  async function decodersOf(
    file: string,
    references: string[],
  ): Promise<[string, (bytes: Buffer) => Promise<string>][]> {
    const imports = (of: Record<string, string>) =>
      Object.fromEntries(references.map(name => [name, of[name] as string]))
    const compiled = compiledFiles(set)
    return [
      ['text', await decoderFor('protobuf', 'PROTOBUF', files[file] as string, imports(files))],
      ['compiled', await decoderFor('protobuf', 'PROTOBUF', compiled[file] as string, imports(compiled))],
    ]
  }

  const ALL = ['google/api/http.proto', 'google/api/annotations.proto', 'options.proto', 'types.proto']

  test.each([
    ['all.proto', 'shop.Column', ALL],
    ['all.proto', 'shop.Scalars', ALL],
    ['all.proto', 'shop.Nested', ALL],
    ['all.proto', 'shop.Nested.Outer.Inner', ALL],
    ['all.proto', 'shop.WellKnown', ALL],
    ['old.proto', 'shop.old.First', ['options.proto']],
    ['old.proto', 'shop.old.Order', ['options.proto']],
    ['edition.proto', 'shop.edition.Order', []],
    ['google-types.proto', 'shop.google.Types', []],
  ])('%s, %s: any message is what Java reads', async (file, message, references) => {
    const values = await protobufValues(set, message, MESSAGES, 1)
    for (const [form, decode] of await decodersOf(file, references)) {
      for (const { bytes, json } of values) {
        expect({ form, json: numbers(plainNames(await decode(bytes))) }).toEqual({ form, json: numbers(json) })
      }
    }
  })

  test.each([
    ['{"struct":{"a":[1,null,{"b":true}],"__proto__":"x","":-0.5}}'],
    ['{"value":null}'],
    ['{"value":["a",{}]}'],
    ['{"list":[[],[1e300]]}'],
    ['{"mask":"a,bCd.eF"}'],
    ['{"any":{"@type":"type.googleapis.com/shop.types.Money","currency":"EUR","units":"5"}}'],
    ['{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.500s"}}'],
  ])('%s', async json => {
    const values = await protobufValue(set, 'shop.Json', json)
    for (const [, decode] of await decodersOf('all.proto', ALL)) await expectSame(decode, values)
  })
})

const GOOGLE_TYPES = [
  ...['calendar_period', 'color', 'date', 'datetime', 'dayofweek', 'decimal', 'expr', 'fraction', 'interval', 'latlng'],
  ...['localized_text', 'money', 'month', 'phone_number', 'postal_address', 'quaternion', 'timeofday'],
]
const GOOGLE_TYPES_PROTO = `syntax = "proto3"; package shop.google;
  ${GOOGLE_TYPES.map(name => `import "google/type/${name}.proto";`).join('\n')}
  message Types {
    ${[
      ...[
        'CalendarPeriod',
        'Color',
        'Date',
        'DateTime',
        'DayOfWeek',
        'Decimal',
        'Expr',
        'Fraction',
        'Interval',
        'LatLng',
      ],
      ...['LocalizedText', 'Money', 'Month', 'PhoneNumber', 'PostalAddress', 'Quaternion', 'TimeOfDay'],
    ]
      .map((type, index) => `.google.type.${type} f${index} = ${index + 1};`)
      .join('\n')}
  }`

/** Each file of a descriptor set, in base64. */
function compiledFiles(set: Buffer): Record<string, string> {
  const { FileDescriptorSet, FileDescriptorProto } = descriptorFile as unknown as Record<
    'FileDescriptorSet' | 'FileDescriptorProto',
    protobufjs.Type
  >
  const { file } = FileDescriptorSet.decode(set) as unknown as { file: { name: string }[] }
  return Object.fromEntries(
    file.map(file => [file.name, Buffer.from(FileDescriptorProto.encode(file).finish()).toString('base64')]),
  )
}

/** Java alone writes extensions by their last name, not in brackets by their full one; its own parser doesn't read that. */
function plainNames(json: string): string {
  return json.replaceAll(/"\[shop\.old\.(\w+)\]":/g, '"$1":')
}

/** Only doubles are large numbers in ProtoJSON, and Java writes them with an exponent. */
function numbers(json: string): unknown {
  return canonical(json.replaceAll(/(?<=[:,[])-?\d{16,}(?=[,}\]])/g, digits => `${digits}.0`))
}
