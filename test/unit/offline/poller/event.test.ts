import type { ConsumedRecord } from '../../../../lib/kafka/read/consumer.ts'
import {
  envelopeOf,
  partitionName,
  recordBytes,
  recordPrefix,
  writeRecord,
} from '../../../../lib/offline/poller/event.ts'

const record = {
  offset: '15',
  timestamp: '1545084650987',
  key: Buffer.from('key'),
  value: Buffer.from('{"a":1}'),
  headers: { h1: Buffer.from('hi') },
}
const prefix = recordPrefix('orders', 0)

function recordJson(prefix: string, record: ConsumedRecord): string {
  const into = Buffer.alloc(1000)
  return into.toString('utf8', 0, writeRecord(into, 0, prefix, record))
}

test('a record has the fields of AWS in their order', () => {
  expect(recordJson(prefix, record)).toBe(
    '{"topic":"orders","partition":0,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME",' +
      '"key":"a2V5","value":"eyJhIjoxfQ==","headers":[{"h1":[104,105]}]}',
  )
})

test('a null key or value has no field, an empty one has', () => {
  expect(recordJson(prefix, { ...record, key: null, value: null, headers: {} })).toBe(
    '{"topic":"orders","partition":0,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME","headers":[]}',
  )
  const empty = Buffer.alloc(0)
  expect(JSON.parse(recordJson(prefix, { ...record, key: empty, value: empty }))).toMatchObject({ key: '', value: '' })
})

test('header bytes are signed, repeated headers are apart, and a null stays null', () => {
  const headers = {
    'naïve "name"': Buffer.from('ë'),
    twice: [Buffer.from([1]), Buffer.from([255])],
    none: null,
    empty: Buffer.alloc(0),
  }
  const json = recordJson(prefix, { ...record, headers })
  expect(JSON.parse(json).headers).toEqual([
    { 'naïve "name"': [-61, -85] },
    { twice: [1] },
    { twice: [-1] },
    { none: null },
    { empty: [] },
  ])
  expect(recordBytes(prefix, { ...record, headers })).toBe(Buffer.byteLength(json))
})

test('the bytes of a record without headers', () => {
  const bare = { ...record, headers: {} }
  for (const timestampType of [0, 1]) {
    const typed = { ...bare, batchContext: { timestampType } }
    expect(recordBytes(prefix, typed)).toBe(Buffer.byteLength(recordJson(prefix, typed)))
  }
})

test('the time of the broker is told apart', () => {
  expect(recordJson(prefix, { ...record, batchContext: { timestampType: 1 } })).toContain(
    '"timestampType":"LOG_APPEND_TIME"',
  )
  expect(JSON.parse(recordJson(prefix, { ...record, timestamp: '-1' }))).toMatchObject({ timestamp: -1 })
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
