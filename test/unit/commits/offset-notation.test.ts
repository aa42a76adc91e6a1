import fc from 'fast-check'
import { offsetsText, parseOffsets } from '../../../lib/commits/offset-notation.ts'
import { unite } from '../../../lib/commits/offset-runs.ts'

test.each([
  [
    'orders-0:3,50-60',
    {
      orders: {
        0: [
          [3, 1],
          [50, 11],
        ],
      },
    },
  ],
  ['shop-2-orders-10:7', { 'shop-2-orders': { 10: [[7, 1]] } }],
  [
    'orders-0:9,1-3,3-5',
    {
      orders: {
        0: [
          [1, 5],
          [9, 1],
        ],
      },
    },
  ],
  [
    'orders-0:1, 4-5, orders-1:7,payments.eu_1-0:0',
    {
      orders: {
        0: [
          [1, 1],
          [4, 2],
        ],
        1: [[7, 1]],
      },
      'payments.eu_1': { 0: [[0, 1]] },
    },
  ],
])('%s', (text, expected) => {
  expect(parseOffsets(text)).toEqual(expected)
})

test.each([
  '',
  'orders',
  'orders:3',
  'orders-0',
  'orders-0:',
  '3,orders-0:4',
  'orders-0:5-3',
  'orders-0:-1',
  'orders-0:1-',
  'orders-x:1',
  'orders-0:1;2',
  'a b-0:1',
  'orders-0:99999999999999999',
])('%j is refused', text => {
  expect(parseOffsets(text)).toBeUndefined()
})

test('any offsets are read again as they were written, also of topics that end in numbers', () => {
  const topic = fc.stringMatching(/^[a-z0-9._-]{1,12}$/)
  const runs = fc
    .array(fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 5 })
    .map(list => unite(list as [number, number][]))
  const partitions = fc.dictionary(fc.nat(20).map(String), runs, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
  fc.assert(
    fc.property(fc.dictionary(topic, partitions, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), offsets => {
      expect(parseOffsets(offsetsText(offsets))).toEqual(offsets)
    }),
  )
})
