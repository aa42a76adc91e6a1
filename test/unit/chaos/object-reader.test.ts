import { ObjectReader } from '../../chaos/checker/object-reader.ts'
import { numberedRecord } from '../../chaos/load/numbered-record.ts'
import { encodeWith } from '../../support/formats.ts'
import { Random } from '../../support/simulation/random.ts'

const records = Array.from({ length: 300 }, (_, sequence) => ({
  ...numberedRecord('orders', 3, sequence, new Random(sequence)),
  topic: 'orders',
  offset: 2 * sequence,
}))

test('the checker’s reader finds in objects of each format what was dumped, byte for byte', async () => {
  await using reader = await ObjectReader.start()
  for (const format of ['json', 'jsonl', 'avro', 'parquet'] as const)
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      const { body, extension } = await encodeWith(records, { format, compression })
      const key = `orders/partition=3/orders+3+0000000000.${extension}`
      const found = await reader.read(key, body)
      const expected = records.map(({ sequence, ...record }) => ({ ...record, place: `${key} ${sequence}` }))
      expect(found).toEqual(expected)
    }
})

test('JSON values in lines of JSON are found as they are written, whatever a parser would make of them', async () => {
  await using reader = await ObjectReader.start()
  const texts = [
    '{"b": 1.0, "a":"\\u00fc", "a":[ ]}',
    ' -0',
    '12345678901234567890.10',
    '"ü\\/"',
    'null',
    '"null"',
    '[1e3 , {}] ',
  ]
  const values = [...texts.map(text => Buffer.from(text)), null]
  const written = values.map((value, index) => ({ ...(records[index] as (typeof records)[number]), value }))
  const { body, extension } = await encodeWith(written, { format: 'jsonl', values: 'json' })
  const found = await reader.read(`orders.${extension}`, body)
  expect(found.map(({ value }) => value && String(value))).toEqual(values.map(value => value && String(value)))
  expect(found.map(({ offset }) => offset)).toEqual(written.map(({ offset }) => offset))
})

test('an object of several compressed parts is read to its end', async () => {
  await using reader = await ObjectReader.start()
  for (const compression of ['gzip', 'zstd'] as const) {
    const parts = [records.slice(0, 100), records.slice(100)]
    const bodies = await Promise.all(parts.map(part => encodeWith(part, { format: 'jsonl', compression })))
    const found = await reader.read(`all.${bodies[0]?.extension}`, Buffer.concat(bodies.map(({ body }) => body)))
    expect(found.map(({ offset }) => offset)).toEqual(records.map(({ offset }) => offset))
  }
})

test('an object that is cut off can’t be read, and the next one can', async () => {
  await using reader = await ObjectReader.start()
  const { body, extension } = await encodeWith(records, { format: 'json', compression: 'gzip' })
  await expect(reader.read(`cut.${extension}`, body.subarray(0, body.length - 40))).rejects.toThrow(`cut.${extension}`)
  expect(await reader.read(`whole.${extension}`, body)).toHaveLength(records.length)
})
