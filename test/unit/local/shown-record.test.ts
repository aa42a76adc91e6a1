import { stripVTControlCharacters } from 'node:util'
import { shownRecord } from '../../../local/shown-record.ts'

const record = {
  ...{ topic: 'orders', partition: 2, offset: 7, timestamp: Date.UTC(2026, 0, 1), headers: [] },
  ...{ key: Buffer.from('größe'), value: Buffer.from('{"a":1}') },
}
const shown = (fields: object) => stripVTControlCharacters(shownRecord({ ...record, ...fields }))

test('a record is one line: place, time, key, value, headers', () => {
  const headers = [
    { key: 'source', value: Buffer.from('web') },
    { key: 'source', value: null },
  ]
  expect(shown({ headers })).toBe('2:7  2026-01-01T00:00:00.000Z  größe  {"a":1}  {source=web, source=[null]}')
})

test.each([
  ['a tombstone', { value: null }, '[tombstone]'],
  ['an empty value', { value: Buffer.alloc(0) }, '[empty]'],
  ['no key', { key: null }, '[no key]'],
  ['bytes that are no text', { value: Buffer.from([0xff, 0, 0x1b]) }, '[3 bytes] ff001b'],
  ['what a terminal would act on', { value: Buffer.from('a\u001b[31mb\nc') }, 'a\\x1b[31mb\\nc'],
  ['no time', { timestamp: -1 }, 'no time'],
  ['a value that is long', { value: Buffer.from('é'.repeat(6_000)) }, '… (12000 bytes)'],
])('%s can be told from others', (_, fields, text) => {
  expect(shown(fields)).toContain(text)
  expect(shown(fields)).not.toMatch(/\n|\p{Cc}/u)
})
