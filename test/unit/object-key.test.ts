import fc from 'fast-check'
import { parseObjectKey, renderObjectKey } from '../../lib/objects/key.ts'
import { topic } from '../support/arbitrary-records.ts'

const layout = { prefix: 'lake', extension: 'json.gz', padWidth: 10 }

const naughty = fc.constantFrom(
  '..',
  '.',
  '../../etc/passwd',
  '/absolute',
  'a/../b',
  '..\\windows',
  '%2e%2e',
  '%2E%2E/',
  'a//b',
  ' ',
  '',
  '\u0000',
  '\n',
  'partition=0',
  'a+0+1-2',
  '\u202Egnp',
  '你好',
  '😀',
  'con',
  '$(rm -rf ~)',
  "'; DROP TABLE",
  '<script>',
  'a?b#c',
  '~',
  '-',
  '+',
)

describe('object keys', () => {
  test('name topic, partition and offsets, padded so that they sort', () => {
    const range = { topic: 'orders', partition: 3, firstOffset: 15, lastOffset: 1014 }
    expect(renderObjectKey(range, layout)).toBe('lake/orders/partition=3/orders+3+0000000015-0000001014.json.gz')
    expect(renderObjectKey(range, { ...layout, prefix: '' })).toBe(
      'orders/partition=3/orders+3+0000000015-0000001014.json.gz',
    )
  })

  test('an offset longer than the padding keeps all its digits', () => {
    const range = { topic: 't', partition: 0, firstOffset: 99999, lastOffset: 123456 }
    expect(renderObjectKey(range, { ...layout, padWidth: 4 })).toContain('t+0+99999-123456.')
  })

  const range = (topicName: fc.Arbitrary<string>) =>
    fc.record({ topic: topicName, partition: fc.nat(), firstOffset: fc.maxSafeNat(), lastOffset: fc.maxSafeNat() })
  const anyLayout = fc.record({
    prefix: fc.constantFrom('', 'lake', 'a/b/c'),
    extension: fc.constantFrom('json', 'json.gz', 'json.zst'),
    padWidth: fc.integer({ min: 1, max: 20 }),
  })

  test('law: what renders also parses', () => {
    fc.assert(
      fc.property(
        range(
          fc.oneof(
            topic,
            naughty.filter(name => name !== ''),
          ),
        ),
        anyLayout,
        (expected, anyOf) => {
          const { extension, prefix } = anyOf
          expect(parseObjectKey(renderObjectKey(expected, anyOf), prefix)).toEqual({ ...expected, extension })
        },
      ),
    )
  })

  test('law: no topic name leads out of its folder', () => {
    fc.assert(
      fc.property(range(fc.oneof(naughty, fc.string({ unit: 'binary' }), fc.webPath())), key => {
        const segments = renderObjectKey(key, layout).split('/')
        expect(segments).toHaveLength(4)
        expect(segments[0]).toBe('lake')
        for (const segment of segments) {
          expect(segment).not.toMatch(/^\.{1,2}$/)
          expect(segment).toMatch(/^[A-Za-z0-9._%=+-]*$/)
        }
      }),
    )
  })

  test('law: different topics never share a key', () => {
    const name = fc.oneof(topic, naughty)
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other)
        const place = { partition: 0, firstOffset: 0, lastOffset: 0 }
        expect(renderObjectKey({ topic: one, ...place }, layout)).not.toBe(
          renderObjectKey({ topic: other, ...place }, layout),
        )
      }),
    )
  })

  test.each([
    'lake/orders/partition=3/orders+4+0000000015-0000001014.json',
    'lake/orders/partition=3/payments+3+0000000015-0000001014.json',
    'elsewhere/orders/partition=3/orders+3+0000000015-0000001014.json',
    'lake/readme.txt',
  ])('%s is no key of ours', key => {
    expect(parseObjectKey(key, 'lake')).toBeUndefined()
  })
})
