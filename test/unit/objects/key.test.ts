import fc from 'fast-check'
import { objectExtensions } from '../../../lib/formats/index.ts'
import { createObjectKeys, type KeySettings, longestKey, MAX_KEY } from '../../../lib/objects/key.ts'
import type { PartitionerSettings } from '../../../lib/objects/partitioners.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../../lib/objects/template.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { keySettings, naughty, partitioner, template } from '../../support/arbitrary-key-settings.ts'
import { records, topic } from '../../support/arbitrary-records.ts'

const defaults: KeySettings = {
  prefix: 'lake',
  template: parseTemplate(DEFAULT_TEMPLATE) as Template,
  partitioner: { name: 'default' },
  padWidth: 10,
}

const keysOf = (settings: Partial<KeySettings>) => createObjectKeys({ ...defaults, ...settings })
const orders = { topic: 'orders', partition: 3, firstOffset: 15, lastOffset: 1014, extension: 'json.gz' }

const oneRecord: KafkaRecord[] = [
  { topic: 't', partition: 0, offset: 0, timestamp: 0, key: null, value: Buffer.from('{}'), headers: [] },
]

/** The keys of a batch's objects, with the offsets that each holds. */
function contentsOf(settings: KeySettings, batch: KafkaRecord[], extension = 'json'): Map<string, number[]> {
  const keys = createObjectKeys(settings)
  const objects = keys.divide(batch)
  return new Map(
    objects.map(({ range, path, records }) => [
      keys.render({ ...range, path, extension }),
      records.map(({ offset }) => offset),
    ]),
  )
}

describe('object keys', () => {
  test('name topic, partition and offsets, padded so that they sort', () => {
    expect(keysOf({}).render(orders)).toBe('lake/orders/partition=3/orders+3+0000000015-0000001014.json.gz')
    expect(keysOf({ prefix: '' }).render(orders)).toBe('orders/partition=3/orders+3+0000000015-0000001014.json.gz')
  })

  test('an offset longer than the padding keeps all its digits', () => {
    const range = { ...orders, firstOffset: 99999, lastOffset: 123456 }
    expect(keysOf({ padWidth: 4 }).render(range)).toContain('orders+3+99999-123456.')
  })

  test.each([
    ['{path}/{topic}/{offsets}', undefined],
    ['{topic}/{offsets}/{partition}', undefined],
    ['{topic}-{partition}-{offsets}', 'lake/orders-3-0000000015-0000001014.json.gz'],
    ['raw/{path}/{topic}.{partition}_{offsets}', 'lake/raw/partition=3/orders.3_0000000015-0000001014.json.gz'],
  ])('the template %s gives %s', (text, key) => {
    const parsed = parseTemplate(text)
    expect(parsed && keysOf({ template: parsed }).render(orders)).toBe(key)
  })

  test.each([
    ['has no topic', '{partition}/{offsets}'],
    ['has no partition', '{topic}/{offsets}'],
    ['has no offsets', '{topic}/{partition}'],
    ['has an unknown placeholder', '{topic}/{partition}/{hour}/{offsets}'],
    ['leads out of its folder', '../{topic}/{partition}/{offsets}'],
    ['has an empty folder', '{topic}//{partition}/{offsets}'],
    ['runs placeholders together', '{topic}{partition}/{offsets}'],
    ['has a digit beside a number', '{topic}/{partition}0-{offsets}'],
    ['has its path within a name', '{topic}/x{path}/{partition}/{offsets}'],
    ['has a character that keys should not have', '{topic}/{partition}/a b-{offsets}'],
    ['has a brace left over', '{topic}/{partition}/{{offsets}}'],
  ])('a template that %s is none: %s', (_, text) => {
    expect(parseTemplate(text)).toBeUndefined()
  })

  const name = fc.record({
    topic: fc.oneof(topic, naughty),
    partition: fc.nat(),
    firstOffset: fc.maxSafeNat(),
    lastOffset: fc.maxSafeNat(),
    extension: fc.constantFrom(...objectExtensions),
  })

  test('law: what renders also parses, whatever the topic and the template', () => {
    fc.assert(
      fc.property(name, template, fc.integer({ min: 0, max: 20 }), (expected, template, padWidth) => {
        const keys = keysOf({ template, padWidth })
        const digest = { ...expected, firstOffset: -1, lastOffset: -1, digest: 'ab12'.repeat(8) }
        expect(keys.parse(keys.render(expected))).toEqual(expected)
        expect(keys.parse(keys.render(digest))).toEqual(digest)
      }),
    )
  })

  // What compaction makes: the object of several partitions, and one that has the bounds of another.
  test('law: what an entry of a commit log makes parses, too, and is told from other objects', () => {
    const sequence = fc.integer({ min: 0, max: 9_999_999_999 })
    fc.assert(
      fc.property(name, keySettings, sequence, fc.nat(), (parts, settings, sequence, index) => {
        const keys = createObjectKeys(settings)
        const path = settings.partitioner.name === 'default' ? undefined : keys.divide(oneRecord)[0]?.path
        const again = { ...parts, path, made: { sequence } }
        const none = { firstOffset: -1, lastOffset: -1 }
        const ofAll = { ...parts, ...none, partition: 'all' as const, path, made: { sequence, index } }
        const inKey = settings.template.flat().some(part => 'placeholder' in part && part.placeholder === 'path')
        const shown = inKey ? path : undefined
        expect(keys.parse(keys.render(again))).toEqual({ ...again, path: shown })
        expect(keys.parse(keys.render(ofAll))).toEqual({ ...ofAll, path: shown })
        const all = [again, ofAll, { ...again, made: undefined }].map(keys.render)
        expect(new Set(all).size).toBe(3)
      }),
    )
  })

  test('the object of all partitions isn’t in the folder of one', () => {
    const made = { sequence: 12, index: 3 }
    const name = { topic: 'orders', firstOffset: -1, lastOffset: -1, extension: 'json', made }
    expect(keysOf({}).render({ ...name, partition: 'all' })).toBe('lake/orders/orders+all+0000000012-0000000003.json')
  })

  test.each([
    ['{topic}/{path}/{topic}+{partition}+{offsets}', 'lake/or%C3%A9/'],
    ['raw/{topic}-{partition}/{offsets}', 'lake/raw/or%C3%A9-'],
    ['{partition}/{topic}/{offsets}', 'lake/'],
  ])('of %s, all keys of a topic begin with %s', (text, folder) => {
    const keys = keysOf({ template: parseTemplate(text) as Template })
    expect(keys.folderOf('oré')).toBe(folder)
    expect(keys.render({ ...orders, topic: 'oré' }).startsWith(folder)).toBe(true)
  })

  test('law: what renders also parses, whatever the partitioner and the records', () => {
    fc.assert(
      fc.property(records(1), keySettings, (batch, settings) => {
        const keys = createObjectKeys(settings)
        for (const { range, path } of keys.divide(batch)) {
          const name = { ...range, path, extension: 'json' }
          const inKey = settings.template.flat().some(part => 'placeholder' in part && part.placeholder === 'path')
          expect(keys.parse(keys.render(name))).toEqual({ ...name, path: inKey ? path : undefined })
        }
      }),
    )
  })

  test('law: a batch is divided without losing a record or its order', () => {
    fc.assert(
      fc.property(records(1), keySettings, (batch, settings) => {
        const contents = [...contentsOf(settings, batch).values()]
        for (const offsets of contents) expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
        expect(contents.flat().toSorted((a, b) => a - b)).toEqual(batch.map(({ offset }) => offset))
      }),
    )
  })

  // A mapping that repeats records may cut its batches otherwise. First and last offset tell any two contents apart, since
  // a record's path depends on the record alone: what lies between two records of a path in the same partition is fixed.
  test('law: the same key holds the same records, however batches are cut', () => {
    const threeMonths = records(1).map(batch =>
      batch.map(record => ({ ...record, timestamp: (record.timestamp % 3) * 31 * 86_400_000 })),
    )
    fc.assert(
      fc.property(threeMonths, keySettings, fc.nat(), fc.nat(), (batch, settings, one, other) => {
        const [from, to] = [one % batch.length, other % batch.length].toSorted((a, b) => a - b)
        const whole = contentsOf(settings, batch)
        for (const [key, offsets] of contentsOf(settings, batch.slice(from, (to as number) + 1))) {
          expect(whole.get(key) ?? offsets).toEqual(offsets)
        }
      }),
    )
  })

  test('law: no topic, field or header leads out of its folder', () => {
    fc.assert(
      fc.property(records(1), naughty, partitioner, (batch, topic, partitioner) => {
        const renamed = batch.map(record => ({ ...record, topic }))
        for (const key of contentsOf({ ...defaults, partitioner }, renamed).keys()) {
          const [prefix, ...segments] = key.split('/')
          expect(prefix).toBe('lake')
          for (const segment of segments) expect(segment).toMatch(/^(?!\.{1,2}$)[A-Za-z0-9._%=+~-]+$/)
        }
      }),
    )
  })

  test('law: different topics never share a key', () => {
    const topicName = fc.oneof(topic, naughty)
    fc.assert(
      fc.property(topicName, topicName, template, (one, other, template) => {
        fc.pre(one !== other)
        const keys = keysOf({ template })
        expect(keys.render({ ...orders, topic: one })).not.toBe(keys.render({ ...orders, topic: other }))
      }),
    )
  })

  // Beside an object of the topic's, a value would be taken for one: pyarrow, Spark and Athena read all files below a folder.
  test('law: a large value is in no topic’s folder, nor taken for an object, nor has it another one’s key', () => {
    const topicName = fc.oneof(topic, naughty, fc.constant('overflow'))
    fc.assert(
      fc.property(records(1), topicName, topicName, keySettings, (batch, one, other, settings) => {
        const keys = createObjectKeys(settings)
        const values = [one, other].map(topic => batch.map(record => keys.renderValue({ ...record, topic })))
        const folder = settings.prefix === '' ? '' : `${settings.prefix}/`
        for (const key of values.flat()) {
          expect(key).toMatch(new RegExp(`^${RegExp.escape(folder)}_overflow/[^/]+$`))
          expect(keys.parse(key)).toBeUndefined()
          expect(Buffer.byteLength(key)).toBeLessThanOrEqual(longestKey(settings))
        }
        expect(new Set(values.flat()).size).toBe(batch.length * (one === other ? 1 : 2))
      }),
    )
  })

  test('law: no key is longer than was reckoned with', () => {
    const longValues = records(1).map(batch => batch.map(record => ({ ...record, topic: 'x'.repeat(249) })))
    fc.assert(
      fc.property(longValues, keySettings, fc.constantFrom(...objectExtensions), (batch, settings, extension) => {
        for (const key of contentsOf(settings, batch, extension).keys())
          expect(Buffer.byteLength(key)).toBeLessThanOrEqual(longestKey(settings))
      }),
    )
  })

  test('by default a key has room for a prefix of 400 bytes, with a field for one of 200', () => {
    const field: PartitionerSettings = { name: 'field', field: { pointer: ['country'] }, fallback: 'none' }
    expect(longestKey({ ...defaults, prefix: 'p'.repeat(400) })).toBeLessThanOrEqual(MAX_KEY)
    expect(longestKey({ ...defaults, prefix: 'p'.repeat(200), partitioner: field })).toBeLessThanOrEqual(MAX_KEY)
  })

  test.each([
    'lake/orders/partition=3/orders+4+0000000015-0000001014.json',
    'lake/orders/partition=3/payments+3+0000000015-0000001014.json',
    'elsewhere/orders/partition=3/orders+3+0000000015-0000001014.json',
    'lake/readme.txt',
  ])('%s is no key of ours', key => {
    expect(keysOf({}).parse(key)).toBeUndefined()
  })
})

describe('records without offsets', () => {
  const record = { topic: 't', partition: 0, offset: -1, timestamp: -1, eventTime: 1_576_737_962_000, headers: [] }
  const batchOf = (...values: string[]) => values.map(text => ({ ...record, key: null, value: Buffer.from(text) }))
  const keyOf = (batch: KafkaRecord[]) => [...contentsOf(defaults, batch).keys()]

  test('are named by a digest, the same for the same event', () => {
    expect(keyOf(batchOf('a', 'b'))).toEqual([
      expect.stringMatching(/^lake\/t\/partition=0\/t\+0\+digest-[0-9a-f]{32}\.json$/),
    ])
    expect(keyOf(batchOf('a', 'b'))).toEqual(keyOf(batchOf('a', 'b')))
  })

  test('get another name when they, their bounds or the time of their event differ', () => {
    const later = batchOf('a', 'b').map(record => ({ ...record, eventTime: record.eventTime + 1 }))
    const names = [batchOf('a', 'b'), batchOf('ab'), batchOf('a', 'c'), batchOf('a'), later].map(keyOf)
    expect(new Set(names.flat()).size).toBe(5)
  })
})
