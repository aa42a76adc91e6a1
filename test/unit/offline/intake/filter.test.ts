import { passes } from '../../../../lib/offline/intake/filter.ts'
import { filterCriteriaSchema } from '../../../../lib/offline/mapping/filter-criteria.ts'

function isDelivered(pattern: object, value: string | Buffer | null, key: string | null = null): boolean {
  const filters = filterCriteriaSchema.parse({ Filters: [{ Pattern: JSON.stringify(pattern) }] })
  return passes(filters, {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  })
}

// Source: AWS Lambda Developer Guide, "Filtering events from Amazon MSK and self-managed Apache Kafka event sources".
describe('the documented examples', () => {
  const device = (id: string) =>
    `{"device_ID": "${id}", "session": {"start_time": "yyyy-mm-ddThh:mm:ss", "duration": 162}}`

  test('devices whose id begins with AB', () => {
    const pattern = { value: { device_ID: [{ prefix: 'AB' }] } }
    expect(isDelivered(pattern, device('AB1234'))).toBe(true)
    expect(isDelivered(pattern, device('CD1234'))).toBe(false)
  })

  test('plain strings other than "error"', () => {
    const pattern = { value: [{ 'anything-but': ['error'] }] }
    expect(isDelivered(pattern, 'fine')).toBe(true)
    expect(isDelivered(pattern, 'error')).toBe(false)
  })
})

// Source: the same guide, "Properly filtering Amazon SQS messages".
describe('text and JSON', () => {
  const json = { value: { state: [{ exists: false }] } }
  const text = { value: [{ exists: true }] }

  test('a pattern for JSON gets no text, and one for text no JSON', () => {
    expect(isDelivered(json, '{}')).toBe(true)
    expect(isDelivered(json, 'text')).toBe(false)
    expect(isDelivered(json, '{"state": ')).toBe(false)
    expect(isDelivered(text, 'text')).toBe(true)
    expect(isDelivered(text, '{"state": ')).toBe(true)
    expect(isDelivered(text, '{}')).toBe(false)
    expect(isDelivered(text, ' ["a"]')).toBe(false)
  })

  test('a number or a quoted text alone is text', () => {
    expect(isDelivered({ value: ['12'] }, '12')).toBe(true)
    expect(isDelivered({ value: ['"a"'] }, '"a"')).toBe(true)
  })

  test('bytes that are not UTF-8 match nothing', () => {
    for (const value of [json, text, { value: [{ exists: false }] }]) {
      expect(isDelivered(value, Buffer.from([0xff, 0xfe]))).toBe(false)
    }
  })

  test('a tombstone has no value', () => {
    expect(isDelivered({ value: [{ exists: false }] }, null)).toBe(true)
    expect(isDelivered(text, null)).toBe(false)
    expect(isDelivered(json, null)).toBe(false)
    expect(isDelivered({ value: [''] }, '')).toBe(true)
  })

  test('alternatives may be of different formats', () => {
    const pattern = { $or: [{ value: ['ping'] }, { value: { type: ['ping'] } }] }
    expect(isDelivered(pattern, 'ping')).toBe(true)
    expect(isDelivered(pattern, '{"type": "ping"}')).toBe(true)
    expect(isDelivered(pattern, '{"type": "pong"}')).toBe(false)
  })

  test('a record is delivered if one of several filters matches', () => {
    const Filters = ['a', 'b'].map(type => ({ Pattern: JSON.stringify({ value: { type: [type] } }) }))
    const filters = filterCriteriaSchema.parse({ Filters })
    const isOne = (type: string) => passes(filters, { key: null, value: Buffer.from(JSON.stringify({ type })) })
    expect(['a', 'b', 'c'].map(isOne)).toEqual([true, true, false])
  })
})
