import fc from 'fast-check'
import type { EncodeOptions, StoredRecord } from '../../../lib/formats/format.ts'
import { json } from '../../../lib/formats/json.ts'
import { records } from '../../support/arbitrary-records.ts'
import { keepEverything } from '../../support/formats.ts'

const record = (fields: Partial<StoredRecord>): StoredRecord => ({
  topic: 'Test',
  partition: 0,
  offset: 4,
  timestamp: 1603779578478,
  key: Buffer.from('123'),
  value: Buffer.from('1'),
  headers: [],
  ...fields,
})

const text = async (records: StoredRecord[], options: Partial<EncodeOptions> = { includeHeaders: false }) =>
  (await json.encode(records, { ...keepEverything, ...options })).toString()

describe('the JSON array', () => {
  test('has the fields of the Kafka-to-OSS connector, in alphabetical order', async () => {
    expect(await text([record({})])).toBe(
      '[{"key":"123","offset":4,"partition":0,"timestamp":1603779578478,"topic":"Test","value":"1"}]',
    )
  })

  test('tells no key and tombstones (null) from empty ones', async () => {
    const empty = { key: Buffer.alloc(0), value: Buffer.alloc(0) }
    expect(JSON.parse(await text([record({ key: null, value: null }), record(empty)]))).toEqual([
      { key: null, offset: 4, partition: 0, timestamp: 1603779578478, topic: 'Test', value: null },
      { key: '', offset: 4, partition: 0, timestamp: 1603779578478, topic: 'Test', value: '' },
    ])
  })

  test('keeps what is no UTF-8 as base64, with the encoding beside it', async () => {
    const bytes = Buffer.from('c080', 'hex')
    expect(JSON.parse(await text([record({ key: bytes, value: bytes })]))).toMatchObject([
      { key: 'wIA=', keyEncoding: 'base64', value: 'wIA=', valueEncoding: 'base64' },
    ])
  })

  test('has headers only when asked for, in order, repeated names too', async () => {
    const headers = [
      { key: 'b', value: Buffer.from('1') },
      { key: 'a', value: null },
      { key: 'b', value: Buffer.from('ff', 'hex') },
    ]
    expect(await text([record({ headers })])).not.toContain('headers')
    expect(await text([record({ headers })], { includeHeaders: true })).toMatch(
      /^\[\{"headers":\[\{"key":"b","value":"1"\},\{"key":"a","value":null\},\{"key":"b","value":"\/w==","valueEncoding":"base64"\}\],"key"/,
    )
  })

  test('names the object of a value that is too large for it', async () => {
    const large = record({ value: null, valueSize: 272687, valueObject: 'lake/_overflow/Test+0+0000000004' })
    expect(await text([large], { includeHeaders: false, maxInlineValueBytes: 1000 })).toBe(
      '[{"key":"123","offset":4,"overflowFlag":true,"partition":0,"timestamp":1603779578478,"topic":"Test","value":null,' +
        '"valueObject":"lake/_overflow/Test+0+0000000004","valueSize":272687}]',
    )
  })

  test('embeds values of JSON as they are, apart from tombstones', async () => {
    const values = ['{"b":1.0,"1":12345678901234567890}', ' "text" ', 'null', '[0]', null]
    const embedded = values.map((value, offset) =>
      record({ offset, value: value === null ? null : Buffer.from(value) }),
    )
    expect(await text(embedded, { includeHeaders: false, values: 'json' })).toBe(
      '[{"key":"123","offset":0,"partition":0,"timestamp":1603779578478,"topic":"Test","value":{"b":1.0,"1":12345678901234567890}},' +
        '{"key":"123","offset":1,"partition":0,"timestamp":1603779578478,"topic":"Test","value": "text" ,"valueEncoding":"json"},' +
        '{"key":"123","offset":2,"partition":0,"timestamp":1603779578478,"topic":"Test","value":null,"valueEncoding":"json"},' +
        '{"key":"123","offset":3,"partition":0,"timestamp":1603779578478,"topic":"Test","value":[0]},' +
        '{"key":"123","offset":4,"partition":0,"timestamp":1603779578478,"topic":"Test","value":null}]',
    )
  })

  test('has base64 for every value where that is asked for', async () => {
    expect(JSON.parse(await text([record({}), record({ value: null })], { values: 'base64' }))).toMatchObject([
      { key: '123', value: 'MQ==', valueEncoding: 'base64' },
      { key: '123', value: null },
    ])
  })

  test('law: the bytes are those of JSON.stringify over the same fields', async () => {
    await fc.assert(
      fc.asyncProperty(records(), fc.boolean(), async (original, includeHeaders) => {
        const written = await text(original, { includeHeaders })
        expect(written).toBe(JSON.stringify(JSON.parse(written)))
      }),
    )
  })
})
