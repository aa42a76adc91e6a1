import { inDetail, inList, shownBytes, shownRecord } from '../../../../lib/console/records/shown-record.ts'
import type { KafkaRecord } from '../../../../lib/record.ts'

const record: KafkaRecord = {
  ...{ topic: 'orders', partition: 0, offset: 1, timestamp: -1 },
  ...{ key: null, value: Buffer.alloc(0), headers: [] },
}

it('null, empty and absent stay apart', () => {
  expect(shownRecord(record, inList)).toEqual({
    ...{ topic: 'orders', partition: 0, offset: 1, timestamp: null, key: null, headers: [] },
    value: { size: 0, base64: '', isCut: false },
  })
})

it('a hundred hostile records are below a megabyte, and one below two', () => {
  const header = { key: 'n'.repeat(100_000), value: Buffer.alloc(100_000) }
  const large = Buffer.alloc(5_000_000, '"')
  const hostile = { ...record, key: large, value: large, headers: Array(10_000).fill(header) }
  const listed = shownRecord(hostile, inList)
  expect(listed.moreHeaders).toBe(10_000 - listed.headers.length)
  expect(listed.headers[0]?.name).toBe(`${'n'.repeat(256)}…`)
  expect(JSON.stringify(listed).length).toBeLessThan(10_000)
  expect(JSON.stringify(shownRecord(hostile, inDetail)).length).toBeLessThan(2_000_000)
})

it('parts of a value make it whole again', () => {
  const value = Buffer.from('a value in parts: äöü')
  let whole = Buffer.alloc(0)
  for (let part = shownBytes(value, 5); ; part = shownBytes(value, 5, whole.length)) {
    whole = Buffer.concat([whole, Buffer.from(part.base64, 'base64')])
    if (!part.isCut) break
  }
  expect(whole).toEqual(value)
})
