import type { KafkaRecord } from '../../lib/record.ts'
import { awkwardRecord, awkwardRecords } from '../support/awkward-records.ts'
import { inHex } from '../support/foreign-readers.ts'
import { readLayout } from '../support/layout-reading.ts'
import { aivenObject, avroRowsObject, confluentObject } from '../support/sink-oracle.ts'

/** Records that any converter of bytes takes, of a partition with gaps. */
const records = Object.values(awkwardRecords)
  .filter(({ value, offset, headers }) => offset === undefined && (value?.length ?? 0) < 1e6 && !headers?.some(isNull))
  .map((fields, index) => ({ ...awkwardRecord(fields, 40 + 3 * index), topic: 'orders', partition: 0 }))

function isNull({ value }: { value: Buffer | null }): boolean {
  return value === null
}

const text = records.filter(({ key, value }) =>
  [key, value].every(part => part?.equals(Buffer.from(`${part}`)) ?? true),
)
const json = [
  '{"orderId":1,"big":12345678901234567890.10,"2":"b","1":["ü\\n",{"deep":null}]}',
  '[1,"two"]',
  '12.50',
  'true',
].map((value, index) => record({ offset: 7 + index, value: Buffer.from(value), key: Buffer.from(`k${index}`) }))

function record(fields: Partial<KafkaRecord>): KafkaRecord {
  return { ...awkwardRecord(fields, 0), topic: 'orders', partition: 0, ...fields }
}

const legible = (some: KafkaRecord[]) => some.map(inHex)
const everything = ['key', 'value', 'headers'] as const

describe('objects of Aiven’s own writers come back as they were:', () => {
  test.each([
    ['json', 'gzip'],
    ['jsonl', 'snappy'],
    ['jsonl', 'none'],
    ['json', 'zstd'],
  ] as const)('bytes in %s, compressed with %s', async (format, compression) => {
    const object = await aivenObject(records, { format, compression })
    const found = await readLayout('aiven', { 'orders-0-40': object }, { base64: everything })
    expect(legible(found)).toEqual(legible(records))
  })

  test.each(['json', 'jsonl'] as const)('text in %s', async format => {
    const written = text.map(record => ({ ...record, headers: [{ key: 'größe', value: Buffer.from('é') }] }))
    const object = await aivenObject(written, { format, key: 'string', value: 'string' })
    expect(legible(await readLayout('aiven', { 'orders-0-40': object }))).toEqual(legible(written))
  })

  test('JSON values keep every digit and the order of their members', async () => {
    const object = await aivenObject(json, { format: 'jsonl', key: 'string', value: 'json' })
    const found = await readLayout('aiven', { 'orders-0-7': object })
    // Java's map has put members in its own order; the object's text is what comes back.
    expect(found.map(({ value }) => JSON.parse(`${value}`))).toEqual(json.map(({ value }) => JSON.parse(`${value}`)))
    for (const { value } of found) expect(object.toString()).toContain(`"value":${value}`)
  })

  test.each(['base64', 'none'] as const)('CSV, values encoded with %s', async encoding => {
    const written = records.filter(
      ({ key, value }) => key?.length !== 0 && value?.length !== 0 && (encoding === 'base64' || !value?.includes('\n')),
    )
    const fields = ['offset', 'value', 'key', 'timestamp', 'headers'] as const
    const object = await aivenObject(written, { format: 'csv', fields: fields.join(), encoding, compression: 'gzip' })
    const settings = { fields, base64: encoding === 'base64' ? (['value'] as const) : [] }
    expect(legible(await readLayout('aiven', { 'orders-0-40.gz': object }, settings))).toEqual(legible(written))
  })

  test('CSV of values, the sink’s default, is counted from the first offset', async () => {
    const written = json.map(({ offset, value }) => record({ offset, value, key: null, timestamp: -1 }))
    const object = await aivenObject(written, { format: 'csv', fields: 'value' })
    expect(legible(await readLayout('aiven', { 'orders-0-7': object }))).toEqual(legible(written))
  })

  test('values without their envelope', async () => {
    const object = await aivenObject(json, { format: 'jsonl', fields: 'value', envelope: false, value: 'json' })
    const found = await readLayout('aiven', { 'orders-0-7': object }, { envelope: false })
    expect(object.toString().split('\n')).toEqual(found.map(({ value }) => `${value}`))
    await expect(readLayout('aiven', { 'orders-0-7': object })).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' })
  })
})

/** As Aiven's `SinkSchemaBuilder` makes it. */
function enveloped(value: unknown) {
  return {
    type: 'record',
    name: 'connector_records',
    namespace: 'io.aiven.parquet.output.schema',
    fields: [
      { name: 'key', type: ['null', 'bytes'] },
      { name: 'value', type: value },
      { name: 'offset', type: 'long' },
      { name: 'timestamp', type: 'long' },
      { name: 'headers', type: { type: 'map', values: ['null', 'string'] } },
    ],
  }
}

/** As `AvroData` makes it of a schema of Connect. */
const ORDER = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 2 } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'counts', type: { type: 'array', items: 'int' } },
    { name: 'lines', type: { type: 'array', items: line('Line', ['sku', 'text']) } },
    { name: 'only', type: { type: 'array', items: line('Only', ['sku']) } },
    { name: 'attributes', type: { type: 'map', values: 'string' } },
    { name: 'raw', type: 'bytes' },
    { name: 'rate', type: 'double' },
  ],
}

function line(name: string, fields: string[]) {
  return { type: 'record', name, fields: fields.map(field => ({ name: field, type: 'string' })) }
}

/** The value in Avro's JSON encoding, whose bytes are characters. */
const ORDER_ROW =
  '{"id":9007199254740993,"price":"\\u0001\\u0002","at":253402300800001,"day":20000,"note":{"string":"größe"},"counts":[1,2],' +
  '"lines":[{"sku":"a","text":"b"},{"sku":"c","text":""}],"only":[{"sku":"d"}],"attributes":{"k":"v"},"raw":"ÿ","rate":0.5}'
const EMPTY_ROW =
  '{"id":1,"price":"\\u00ff","at":0,"day":-1,"note":null,"counts":[],"lines":[],"only":[],"attributes":{},"raw":"","rate":0}'
const ORDER_JSON =
  '{"id":9007199254740993,"price":"2.58","at":253402300800001,"day":20000,"note":"größe","counts":[1,2],' +
  '"lines":[{"sku":"a","text":"b"},{"sku":"c","text":""}],"only":[{"sku":"d"}],"attributes":{"k":"v"},"raw":"/w==","rate":0.5}'
const EMPTY_JSON =
  '{"id":1,"price":"-0.01","at":0,"day":-1,"note":null,"counts":[],"lines":[],"only":[],"attributes":{},"raw":"","rate":0}'

const columnar = [
  ['avro', 'null'],
  ['avro', 'snappy'],
  ['avro', 'deflate'],
  ['avro', 'zstandard'],
  ['parquet', 'uncompressed'],
  ['parquet', 'snappy'],
  ['parquet', 'gzip'],
  ['parquet', 'zstd'],
] as const

describe.each(columnar)('%s with codec %s, by its Java writer:', (format, codec) => {
  test('Aiven’s records of bytes, without a value among them', async () => {
    const rows = [
      '{"key":{"bytes":"ÿ\\u0000"},"value":{"bytes":"þ"},"offset":12,"timestamp":1767225600001,"headers":{"h":{"string":"é"},"n":null}}',
      '{"key":null,"value":null,"offset":15,"timestamp":-2,"headers":{}}',
    ]
    const object = await avroRowsObject(format, codec, enveloped(['null', 'bytes']), rows)
    const headers = [
      { key: 'h', value: Buffer.from('é') },
      { key: 'n', value: null },
    ]
    const bytes = (hex: string) => Buffer.from(hex, 'hex')
    expect(legible(await readLayout('aiven', { [`orders-0-12.${format}`]: object }, template(format)))).toEqual(
      legible([
        record({ offset: 12, timestamp: 1767225600001, key: bytes('ff00'), value: bytes('fe'), headers }),
        record({ offset: 15, timestamp: -2, key: null, value: null }),
      ]),
    )
  })

  test('Aiven’s and Confluent’s structured values, as JSON', async () => {
    const around = (value: string, offset: number) =>
      `{"key":null,"value":${value},"offset":${offset},"timestamp":0,"headers":{}}`
    const rows = [around(ORDER_ROW, 3), around(EMPTY_ROW, 4)]
    const aiven = await avroRowsObject(format, codec, enveloped(ORDER), rows)
    const confluent = await avroRowsObject(format, codec, ORDER, [ORDER_ROW, EMPTY_ROW])
    const found = [
      ...(await readLayout('aiven', { [`orders-0-3.${format}`]: aiven }, template(format))),
      ...(await readLayout('confluent', { [`orders/partition=0/orders+0+0000000003.${format}`]: confluent })),
    ]
    expect(found.map(({ offset, value }) => [offset, `${value}`])).toEqual([
      [3, ORDER_JSON],
      [4, EMPTY_JSON],
      [3, ORDER_JSON],
      [4, EMPTY_JSON],
    ])
  })

  test('Confluent’s companions with keys and headers', async () => {
    const header = line('ConnectDefault2', ['key', 'value'])
    const list = { type: 'array', items: header }
    const isEnveloped = format === 'parquet'
    const around = (name: string, type: unknown) =>
      isEnveloped ? { type: 'record', name: 'RecordPart', fields: [{ name, type }] } : type
    const rowOf = (name: string, row: string) => (isEnveloped ? `{"${name}":${row}}` : row)
    const keys = await avroRowsObject(format, codec, around('key', 'string'), [rowOf('key', '"ü"'), rowOf('key', '""')])
    const lists = ['[{"key":"h","value":"1"},{"key":"h","value":"2"}]', '[]'].map(row => rowOf('headers', row))
    const headers = await avroRowsObject(format, codec, around('headers', list), lists)
    const values = await avroRowsObject(format, codec, ORDER, [ORDER_ROW, EMPTY_ROW])
    const base = 'topics/orders/year=2026/orders+0+0000000003'
    const extension = format === 'parquet' && codec !== 'uncompressed' ? `${codec}.parquet` : format
    const found = await readLayout('confluent', {
      [`${base}.${extension}`]: values,
      [`${base}.keys.${extension}`]: keys,
      [`${base}.headers.${extension}`]: headers,
    })
    expect(found.map(({ key, headers }) => [`${key}`, headers.map(({ key, value }) => `${key}=${value}`)])).toEqual([
      ['ü', ['h=1', 'h=2']],
      ['', []],
    ])
  })
})

/** Without a template, only Avro has an extension. */
function template(format: string) {
  return format === 'avro' ? {} : { template: `{{topic}}-{{partition}}-{{start_offset}}.${format}` }
}

describe('JSON of Confluent’s sink:', () => {
  const base = 'topics/orders/partition=0/orders+0+0000000007'

  test('values, keys and headers, each in its object', async () => {
    const written = json.map((record, index) => ({
      ...record,
      timestamp: -1,
      headers: [{ key: 'trace', value: Buffer.from(`${index} é`) }],
    }))
    const found = await readLayout('confluent', {
      [`${base}.json.gz`]: await confluentObject('values', written, { compression: 'gzip' }),
      [`${base}.keys.json`]: await confluentObject('keys', written),
      [`${base}.headers.json.gz`]: await confluentObject('headers', written, { compression: 'gzip' }),
    })
    const comparable = (some: KafkaRecord[]) => legible(some.map(record => ({ ...record, value: null })))
    expect(comparable(found)).toEqual(comparable(written))
    expect(found.map(({ value }) => JSON.parse(`${value}`))).toEqual(json.map(({ value }) => JSON.parse(`${value}`)))
  })

  test('text and bytes', async () => {
    const written = text.filter(({ value }) => value !== null)
    const values = (some: KafkaRecord[]) => some.map(({ value }) => value?.toString('hex'))
    const strings = await confluentObject('values', written, { value: 'string' })
    expect(values(await readLayout('confluent', { [`${base}.json`]: strings }))).toEqual(values(written))
    const bytes = await confluentObject('values', records, { value: 'bytes' })
    const found = await readLayout('confluent', { [`${base}.json`]: bytes }, { base64: ['value'] })
    expect(values(found)).toEqual(values(records))
  })

  test('structured values', async () => {
    const schema = {
      type: 'struct',
      fields: [
        { field: 'id', type: 'int64' },
        { field: 'n', type: 'string', optional: true },
      ],
    }
    const value = Buffer.from(`{"schema":${JSON.stringify(schema)},"payload":{"id":9007199254740993,"n":null}}`)
    const object = await confluentObject('values', [record({ value })], { value: 'struct' })
    const [found] = await readLayout('confluent', { [`${base}.json`]: object })
    expect(`${found?.value}`).toBe('{"id":9007199254740993,"n":null}')
  })

  test('tombstones, which have keys only', async () => {
    const written = [record({ offset: 9, key: Buffer.from('a') }), record({ offset: 11, key: Buffer.from('b') })]
    const object = await confluentObject('keys', written)
    const found = await readLayout('confluent', { 'topics/orders/tombstone/orders+0+0000000009.keys.json': object })
    expect(found.map(({ offset, key, value }) => [offset, `${key}`, value])).toEqual([
      [9, 'a', null],
      [10, 'b', null],
    ])
  })
})
