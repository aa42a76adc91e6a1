import fc from 'fast-check'
import { byKey, roundRobin, samePartition } from '../../../../lib/kafka/produce/partitioner.ts'

const place = (text: string) => ({ partition: 0, key: Buffer.from(text) })
const keyless = { partition: 0, key: null }

test('the same partition is the source’s, whatever the key', () => {
  expect(samePartition()({ partition: 5, key: Buffer.from('k') }, 7)).toBe(5)
})

test('a partition that the platform doesn’t say is the key’s, and without a key the next one', () => {
  const choose = samePartition(4)
  expect(choose({ partition: -1, key: Buffer.from('abc') }, 7)).toBe(byKey()(place('abc'), 7))
  expect([0, 1].map(() => choose({ partition: -1, key: null }, 7))).toEqual([4, 5])
})

describe('by key', () => {
  // What `Utils.toPositive(Utils.murmur2(key))` is in Apache Kafka's own UtilsTest.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s is where Kafka’s own hash puts it', (key, hash) => {
    const partitions = 2 ** 31 - 1
    expect(byKey()(place(key), partitions)).toBe((hash & 0x7fffffff) % partitions)
  })

  test('records without a key take turns, those with an empty key don’t', () => {
    const choose = byKey(2)
    const empty = choose(place(''), 3)
    expect([keyless, place(''), keyless, keyless].map(record => choose(record, 3))).toEqual([2, empty, 0, 1])
  })

  test('law: the same key always has the same partition, one of the topic’s', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 10_000 }), (bytes, partitions) => {
        const record = { partition: 0, key: Buffer.from(bytes) }
        const partition = byKey()(record, partitions)
        expect(partition).toBe(byKey(1)(record, partitions))
        expect(partition).toBeGreaterThanOrEqual(0)
        expect(partition).toBeLessThan(partitions)
      }),
    )
  })
})

test('law: round robin gives each partition the same share, and the same places for the same start', () => {
  fc.assert(
    fc.property(
      fc.nat(1_000),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5 }),
      (start, partitions, rounds) => {
        const places = () => {
          const choose = roundRobin(start)
          return Array.from({ length: partitions * rounds }, () => choose(place('k'), partitions))
        }
        expect(places()).toEqual(places())
        for (let partition = 0; partition < partitions; partition += 1) {
          expect(places().filter(other => other === partition)).toHaveLength(rounds)
        }
      },
    ),
  )
})
