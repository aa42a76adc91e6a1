import fc from 'fast-check'
import { json } from '../../lib/formats/json.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { records } from '../support/arbitrary-records.ts'

const record = (fields: Partial<KafkaRecord>): KafkaRecord => ({
  topic: 'Test',
  partition: 0,
  offset: 4,
  timestamp: 1603779578478,
  key: Buffer.from('123'),
  value: Buffer.from('1'),
  headers: [],
  ...fields,
})
const text = (records: KafkaRecord[], includeHeaders = false) => json.encode(records, { includeHeaders }).toString()

describe('the JSON array', () => {
  test('has the fields of the Kafka-to-OSS connector, in alphabetical order', () => {
    expect(text([record({})])).toBe(
      '[{"key":"123","offset":4,"partition":0,"timestamp":1603779578478,"topic":"Test","value":"1"}]',
    )
  })

  test('tells no key and tombstones (null) from empty ones', () => {
    expect(
      JSON.parse(text([record({ key: null, value: null }), record({ key: Buffer.alloc(0), value: Buffer.alloc(0) })])),
    ).toEqual([
      { key: null, offset: 4, partition: 0, timestamp: 1603779578478, topic: 'Test', value: null },
      { key: '', offset: 4, partition: 0, timestamp: 1603779578478, topic: 'Test', value: '' },
    ])
  })

  test.each([
    ['a lone continuation byte', '80'],
    ['a truncated sequence', 'c3'],
    ['an overlong form', 'c080'],
    ['a surrogate', 'eda080'],
    ['a code point beyond Unicode', 'f4908080'],
  ])('keeps %s as base64, with the encoding beside it', (_, hex) => {
    const bytes = Buffer.from(hex, 'hex')
    expect(JSON.parse(text([record({ key: bytes, value: bytes })]))).toMatchObject([
      {
        key: bytes.toString('base64'),
        keyEncoding: 'base64',
        value: bytes.toString('base64'),
        valueEncoding: 'base64',
      },
    ])
  })

  test('keeps a byte-order mark as part of the text', () => {
    const [read] = json.decode(
      json.encode([record({ value: Buffer.from('efbbbf61', 'hex') })], { includeHeaders: false }),
    )
    expect(read?.value?.toString('hex')).toBe('efbbbf61')
  })

  test('has headers only when asked for, in order, repeated names too', () => {
    const headers = [
      { key: 'b', value: Buffer.from('1') },
      { key: 'a', value: null },
      { key: 'b', value: Buffer.from('ff', 'hex') },
    ]
    expect(text([record({ headers })])).not.toContain('headers')
    expect(text([record({ headers })], true)).toMatch(
      /^\[\{"headers":\[\{"key":"b","value":"1"\},\{"key":"a","value":null\},\{"key":"b","value":"\/w==","valueEncoding":"base64"\}\],"key"/,
    )
  })

  test('is an empty array without records', () => {
    expect(text([])).toBe('[]')
  })

  test('law: every record comes back byte for byte, and the same records give the same bytes', () => {
    fc.assert(
      fc.property(records(), original => {
        const bytes = json.encode(original, { includeHeaders: true })
        expect(json.decode(bytes)).toEqual(original)
        expect(json.encode(original, { includeHeaders: true }).equals(bytes)).toBe(true)
      }),
    )
  })

  test('law: the bytes are those of JSON.stringify over the same fields', () => {
    fc.assert(
      fc.property(records(), original => {
        const bytes = json.encode(original, { includeHeaders: true })
        expect(bytes.toString()).toBe(JSON.stringify(JSON.parse(bytes.toString())))
      }),
    )
  })

  test('refuses bytes that are no array of records', () => {
    expect(() => json.decode(Buffer.from('{"key":'))).toThrow(expect.objectContaining({ code: 'RECORD_UNDECODABLE' }))
  })
})
