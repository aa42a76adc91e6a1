import fc from 'fast-check'
import type { Span } from '../../lib/replication/offsets/span-list.ts'
import { topic } from './arbitrary-records.ts'

const offset = fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat())
const text = fc.string({ unit: 'grapheme', maxLength: 60 })

export const partition = fc.nat({ max: 100_000 })
/** Milliseconds since the epoch. */
export const time = fc.nat({ max: 2 ** 45 })

export const offsetSync = fc.record({ topic, partition, sourceOffset: offset, targetOffset: offset })

export const checkpoint = fc.record({
  group: text,
  topic,
  partition,
  sourceOffset: offset,
  targetOffset: offset,
  metadata: text,
})

export const heartbeat = fc.record({ sourceAlias: text, targetAlias: text, timestamp: time })

/** Spans in order, with gaps on either side. */
export const spans: fc.Arbitrary<Span[]> = fc
  .array(fc.tuple(fc.nat({ max: 1000 }), fc.nat({ max: 1000 }), fc.integer({ min: 1, max: 10 ** 6 })), { minLength: 1 })
  .map(steps => {
    let [source, target] = [0, 0]
    return steps.map(([sourceGap, targetGap, count]) => {
      const span = { sourceFirst: source + sourceGap, targetFirst: target + targetGap, count }
      source = span.sourceFirst + count
      target = span.targetFirst + count
      return span
    })
  })
