import { avroSchema } from '../../../../lib/connectors/resources/athena-columns.ts'
import { dump, expansionOf, faults } from '../../../support/connectors.ts'
import { encodeWith, keepEverything } from '../../../support/formats.ts'

interface TableInput {
  Name: string
  Parameters: Record<string, unknown>
  PartitionKeys: { Name: string; Type: string }[]
  StorageDescriptor: {
    Columns: { Name: string; Type: string }[]
    Location: unknown
    SerdeInfo: { SerializationLibrary: string; Parameters: Record<string, string> }
  }
}

const table = { database: 'lake' }

/** A partition key's place in a location. */
const at = (name: string) => `\${${name}}`

/** The table that a dump with these keys under `to` declares. */
function tableOf(to: object, source: object = {}): TableInput {
  const { resources } = expansionOf({ 'orders-to-lake': dump({ source: { ...source }, to: { table, ...to } }) })
  const { Properties } = resources.OrdersDashtoDashlakeTable ?? {}
  return Properties?.TableInput as TableInput
}

const typesOf = (columns: { Name: string; Type: string }[]) =>
  Object.fromEntries(columns.map(({ Name, Type }) => [Name, Type]))

/** The properties of the projection, without the common part of their names. */
function projectionOf({ Parameters }: TableInput): Record<string, unknown> {
  const entries = Object.entries(Parameters).filter(([name]) => name.startsWith('projection.'))
  return Object.fromEntries(entries.map(([name, value]) => [name.slice('projection.'.length), value]))
}

test('a dump has a table only if it declares one', () => {
  const { resources } = expansionOf({ flow: dump({ to: { format: 'parquet' } }) })
  expect(Object.values(resources).filter(({ Type }) => Type === 'AWS::Glue::Table')).toEqual([])
})

test('folders by time are whole numbers within their ranges, with the digits that the folders have', () => {
  const made = tableOf(
    { format: 'parquet', partitioner: 'hourly', prefix: 'kafka' },
    { topics: ['orders', 'payments'] },
  )
  expect(made.Name).toBe('orders_to_lake')
  expect(made.Parameters['storage.location.template']).toBe(
    `s3://my-lake/kafka/${at('topic')}/year=${at('year')}/month=${at('month')}/day=${at('day')}/hour=${at('hour')}/`,
  )
  expect(made.StorageDescriptor.Location).toBe('s3://my-lake/kafka/')
  expect(typesOf(made.PartitionKeys)).toEqual({ topic: 'string', year: 'int', month: 'int', day: 'int', hour: 'int' })
  expect(projectionOf(made)).toMatchObject({
    enabled: 'true',
    'topic.type': 'enum',
    'topic.values': 'orders,payments',
    'year.type': 'integer',
    'year.range': '2000,2099',
    'month.range': '1,12',
    'month.digits': '2',
    'hour.range': '0,23',
  })
  expect(typesOf(made.StorageDescriptor.Columns)).toEqual({
    partition: 'int',
    offset: 'bigint',
    timestamp: 'timestamp',
    key: 'binary',
    value: 'binary',
    headers: 'array<struct<key:string,value:binary>>',
  })
})

test('without a partitioner the topic is the only key: how many partitions there are is not known, and records have theirs', () => {
  const made = tableOf({ format: 'parquet' })
  expect(made.Parameters['storage.location.template']).toBe(`s3://my-lake/${at('topic')}/`)
  expect(typesOf(made.StorageDescriptor.Columns)).toMatchObject({ partition: 'int' })
})

test('what AWS can’t know, a query has to name: a field, and the topic of a pattern', () => {
  const made = tableOf(
    { format: 'jsonl', partitionBy: 'customer-country=/customer/country,dt=yyyy-MM-dd' },
    { topics: undefined, pattern: 'shop.*' },
  )
  expect(made.Parameters['storage.location.template']).toBe(
    `s3://my-lake/${at('topic')}/customer-country=${at('customer_country')}/dt=${at('dt')}/`,
  )
  expect(projectionOf(made)).toMatchObject({
    'topic.type': 'injected',
    'customer_country.type': 'injected',
    'dt.type': 'date',
    'dt.format': 'yyyy-MM-dd',
    'dt.range': '2000-01-01,2099-12-31',
    'dt.interval.unit': 'DAYS',
  })
})

test('a folder that would have the name of a column has another one', () => {
  const made = tableOf({ format: 'jsonl', partitioner: 'field', partitionField: 'key' })
  expect(made.Parameters['storage.location.template']).toBe(`s3://my-lake/${at('topic')}/key=${at('folder_key')}/`)
})

test.each<[string, object, Record<string, string>]>([
  ['yyyy/MM/dd/HH', {}, { 'year.digits': '4', 'month.digits': '2', 'day.range': '1,31', 'hour.range': '0,23' }],
  ['yyyyMMdd', {}, { 'year_month_day.type': 'date', 'year_month_day.format': 'yyyyMMdd' }],
  ["'day'=yyyy_MM_dd", {}, { 'day.format': 'yyyy_MM_dd', 'day.range': '2000_01_01,2099_12_31' }],
  ["'at'yyyy'y'MM", {}, { 'year_month.format': "yyyy'y'MM" }],
  // A date can't be told from its month and day alone.
  ['yyyy/MM-dd', {}, { 'month_day.type': 'injected' }],
])('folders %s are projected', (pathFormat, more, expected) => {
  const made = tableOf({ format: 'parquet', partitioner: 'time', pathFormat, ...more })
  expect(projectionOf(made)).toMatchObject(expected)
})

test('a bucket or a prefix that CloudFormation names is part of the location', () => {
  const made = tableOf({ format: 'parquet', bucket: undefined, createBucket: true, prefix: { Ref: 'Stage' } })
  expect(made.StorageDescriptor.Location).toEqual({
    'Fn::Join': ['', ['s3://', { Ref: 'ConnectorsBucket' }, '/', { Ref: 'Stage' }, '/']],
  })
})

test('lines have text, times as numbers, and an encoding beside bytes that may be base64', () => {
  const { StorageDescriptor } = tableOf({ format: 'jsonl' })
  expect(typesOf(StorageDescriptor.Columns)).toMatchObject({
    timestamp: 'bigint',
    value: 'string',
    valueencoding: 'string',
    headers: 'array<struct<key:string,value:string,valueencoding:string>>',
  })
  expect(StorageDescriptor.SerdeInfo.SerializationLibrary).toBe('org.apache.hive.hcatalog.data.JsonSerDe')
  const json = tableOf({ format: 'jsonl', valueFormat: 'json' })
  expect(json.StorageDescriptor.SerdeInfo.SerializationLibrary).toBe('org.openx.data.jsonserde.JsonSerDe')
})

test.each([
  {},
  { values: 'json' as const },
  { includeHeaders: false },
  { includeValueSize: true },
  { maxInlineValueBytes: 100 },
])('the schema of Avro is that of the objects, with %j', async more => {
  const options = { ...keepEverything, ...more }
  const { body } = await encodeWith([], { format: 'avro', ...options })
  expect(body.toString('latin1')).toContain(JSON.stringify(avroSchema({ format: 'avro', ...options }, [])))
})

test.each<[string, object, string]>([
  [
    'a format without rows',
    { format: 'json' },
    'to.table: expected a format that Athena reads: parquet, avro or jsonl',
  ],
  [
    'another separator',
    { format: 'jsonl', recordSeparator: '\\x1e' },
    'to.table: expected lines, as Athena knows no other separator',
  ],
  [
    'partitions before the partitioner’s folders',
    {
      format: 'parquet',
      partitioner: 'daily',
      keyTemplate: '{topic}/p{partition}/{path}/{topic}-{partition}-{offsets}',
    },
    'to.table: expected a keyTemplate with {path} before {partition}: Athena can’t compute how many there are',
  ],
  [
    'no folder',
    { format: 'parquet', keyTemplate: '{topic}-{partition}-{offsets}' },
    'to.table: expected a keyTemplate that begins with a folder of {topic}, {path} or text: the table is one folder',
  ],
  [
    'another store',
    { format: 'parquet', endpoint: 'https://store.example.com' },
    'to.table: expected nothing, as to.endpoint is another store, which Athena doesn’t read',
  ],
  [
    'no database',
    { format: 'parquet', table: {} },
    'to.table.database: expected a name of 1 to 255 lower-case letters, digits or underscores, got nothing',
  ],
  [
    'a format that only CloudFormation knows',
    { format: { Ref: 'Format' } },
    'to.format: expected text, as to.table depends on it',
  ],
])('%s can’t be a table', (_, to, message) => {
  expect(faults({ flow: dump({ to: { table, ...to } }) })).toContain(`flow.${message}`)
})
