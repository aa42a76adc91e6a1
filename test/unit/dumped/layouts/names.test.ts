import fc from 'fast-check'
import { layouts } from '../../../../lib/dumped/layouts/index.ts'
import { topic } from '../../../support/arbitrary-records.ts'

const confluent = layouts.confluent.create({ prefix: 'lake' })
const aiven = (template?: string, prefix = 'lake') => layouts.aiven.create({ prefix, template })

describe('names of Confluent’s sink:', () => {
  test.each([
    ['the default partitioner', 'lake/topics/orders/partition=3/orders+3+0000000042.json'],
    ['a time partitioner', 'lake/topics/orders/year=2026/month=11/day=29/orders+3+0000000042.json.gz'],
    ['a field partitioner', 'lake/topics/orders/country=DE/orders+3+42.avro'],
    ['folders by schema', 'lake/orders/schema_name=Order/partition=3/orders+3+0000000042.snappy.parquet'],
  ])('%s', (_, key) => {
    expect(confluent.parse(key)).toEqual({ topic: 'orders', partition: 3, firstOffset: 42 })
  })

  test('tombstones have an object of keys and no other', () => {
    const name = { topic: 'orders', partition: 3, firstOffset: 42 }
    expect(confluent.parse('lake/topics/orders/tombstone/orders+3+0000000042.keys.avro')).toEqual(name)
  })

  test.each([
    'lake/topics/orders/partition=3/orders+3+0000000042.keys.json',
    'lake/topics/orders/partition=3/orders+3+0000000042.headers.json',
    'lake/topics/orders/partition=3/orders+3+0000000042',
    'lake/topics/orders/partition=3/',
    'lake/topics/+tmp/orders/partition=3/orders.json',
  ])('%s is none', key => {
    expect(confluent.parse(key)).toBeUndefined()
  })
})

describe('names of Aiven’s sink:', () => {
  test.each(['', '.gz', '.snappy', '.zst', '.avro', '.avro.gz'])('the default with the extension “%s”', extension => {
    const name = { topic: 'orders-2', partition: 3, firstOffset: 42 }
    expect(aiven().parse(`lake/orders-2-3-42${extension}`)).toEqual(name)
  })

  test.each([
    [
      '{{topic}}/{{partition:padding=true}}/{{start_offset:padding=true}}.jsonl',
      'orders/0000000003/00000000000000000042.jsonl',
    ],
    [
      '{{topic}}/{{timestamp:unit=yyyy}}-{{timestamp:unit=MM}}/{{ partition }}-{{start_offset}}.gz',
      'orders/2026-11/3-42.gz',
    ],
    ['{{topic}}/{{topic}}-{{partition}}-{{start_offset}}', 'orders/orders-3-42'],
  ])('the template %s', (template, name) => {
    expect(aiven(template).parse(`lake/${name}`)).toEqual({ topic: 'orders', partition: 3, firstOffset: 42 })
    expect(aiven(template).parse(`lake/${name}.tmp`)).toBeUndefined()
    expect(aiven(template).parse(`other/${name}`)).toBeUndefined()
  })

  test('law: what the default template renders is read', () => {
    fc.assert(
      fc.property(topic, fc.nat(), fc.maxSafeNat(), (topic, partition, firstOffset) => {
        const name = { topic, partition, firstOffset }
        expect(aiven(undefined, '').parse(`${topic}-${partition}-${firstOffset}.gz`)).toEqual(name)
      }),
    )
  })

  test.each([
    '{{key}}',
    '{{constructor}}',
    '{{topic}}-{{partition}}-{{key}}',
    '{{topic}}-{{start_offset}}',
    'all',
    '{{topic}}-{{day}}',
  ])('the template %s is refused, with the reason', template => {
    expect(() => aiven(template)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
