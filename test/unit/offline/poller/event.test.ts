import fc from 'fast-check'
import type { ScreenedRecord } from '../../../../lib/offline/intake/screened-record.ts'
import {
  envelopeOf,
  partitionName,
  recordBytes,
  recordPrefix,
  writeRecord,
} from '../../../../lib/offline/poller/event.ts'
import { JsonBytes } from '../../../../lib/offline/poller/json-bytes.ts'
import { records } from '../../../support/arbitrary-records.ts'

const record: ScreenedRecord = {
  offset: 15,
  timestamp: 1545084650987,
  timestampType: 'CREATE_TIME',
  key: Buffer.from('key'),
  value: Buffer.from('{"a":1}'),
  headers: [{ key: 'h1', value: Buffer.from('hi') }],
}
const prefix = recordPrefix('orders', 0)

function recordJson(prefix: Uint8Array, record: ScreenedRecord): string {
  const into = new JsonBytes(recordBytes(prefix, record))
  writeRecord(into, prefix, record)
  expect(into.length).toBe(into.buffer.length)
  return into.buffer.toString()
}

test('a record has the fields of AWS in their order', () => {
  expect(recordJson(prefix, record)).toBe(
    '{"topic":"orders","partition":0,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME",' +
      '"key":"a2V5","value":"eyJhIjoxfQ==","headers":[{"h1":[104,105]}]}',
  )
})

test('a null key or value has no field, an empty one has', () => {
  expect(recordJson(prefix, { ...record, key: null, value: null, headers: [] })).toBe(
    '{"topic":"orders","partition":0,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME","headers":[]}',
  )
  const empty = Buffer.alloc(0)
  expect(JSON.parse(recordJson(prefix, { ...record, key: empty, value: empty }))).toMatchObject({ key: '', value: '' })
})

test('header bytes are signed, repeated headers are apart, and a null stays null', () => {
  const headers = [
    { key: 'naïve "name"', value: Buffer.from('ë') },
    { key: 'twice', value: Buffer.from([1]) },
    { key: 'none', value: null },
    { key: 'twice', value: Buffer.from([255]) },
    { key: 'empty', value: Buffer.alloc(0) },
  ]
  expect(JSON.parse(recordJson(prefix, { ...record, headers })).headers).toEqual([
    { 'naïve "name"': [-61, -85] },
    { twice: [1] },
    { none: null },
    { twice: [-1] },
    { empty: [] },
  ])
})

test('the time of the broker is told apart', () => {
  expect(recordJson(prefix, { ...record, timestampType: 'LOG_APPEND_TIME' })).toContain(
    '"timestampType":"LOG_APPEND_TIME"',
  )
  expect(JSON.parse(recordJson(prefix, { ...record, timestamp: -1 }))).toMatchObject({ timestamp: -1 })
})

describe('law: a record is the JSON of its fields, with the counted bytes', () => {
  const metadata = fc.record({ dataFormat: fc.constantFrom('JSON', 'AVRO', 'PROTOBUF'), schemaId: fc.uuid() })
  const schemas = fc.option(fc.record({ key: metadata, value: metadata }, { requiredKeys: [] }), { nil: undefined })
  const timestampType = fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME')

  test('whatever bytes, headers, times and schemas it has', () => {
    fc.assert(
      fc.property(records(1), timestampType, schemas, (list, timestampType, schemas) => {
        for (const { topic, partition, ...content } of list) {
          const record = { ...content, timestampType, schemas } as ScreenedRecord
          expect(recordJson(recordPrefix(topic, partition), record)).toBe(stringified(topic, partition, record))
        }
      }),
      { numRuns: 25 },
    )
  })

  function stringified(topic: string, partition: number, record: ScreenedRecord): string {
    const { offset, timestamp, timestampType, key, value, headers, schemas } = record
    return JSON.stringify({
      ...{ topic, partition, offset, timestamp, timestampType },
      ...(key && { key: key.toString('base64') }),
      ...(value && { value: value.toString('base64') }),
      // A computed key, because `__proto__` has to be a name like any other.
      headers: headers.map(({ key, value }) => ({ [key]: value && Array.from(new Int8Array(value)) })),
      keySchemaMetadata: schemas?.key,
      valueSchemaMetadata: schemas?.value,
    })
  }
})

test('the envelope of MSK has an ARN, that of a self-managed cluster none', () => {
  const msk = envelopeOf({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:x',
    bootstrapServers: 'b-1:9092,b-2:9092',
  })
  expect(`${msk.head}${msk.tail}`).toBe(
    '{"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:x","bootstrapServers":"b-1:9092,b-2:9092","records":{}}',
  )
  const own = envelopeOf({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b-1:9092' })
  expect(`${own.head}${own.tail}`).toBe('{"eventSource":"SelfManagedKafka","bootstrapServers":"b-1:9092","records":{}}')
})

test('a partition is named by topic and number', () => {
  expect(partitionName('a-b', 3)).toBe('a-b-3')
})
