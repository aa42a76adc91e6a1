import fc from 'fast-check'
import type { KafkaRecord, RecordHeader } from '../../lib/record.ts'

/** Bytes of all kinds: none, empty, text of any script, and what is no valid UTF-8. */
export const bytes: fc.Arbitrary<Buffer | null> = fc.oneof(
  fc.constant(null),
  fc.constant(Buffer.alloc(0)),
  fc.string({ unit: 'binary' }).map(text => Buffer.from(text)),
  fc.json().map(text => Buffer.from(text)),
  fc.uint8Array({ maxLength: 64 }).map(array => Buffer.from(array)),
  fc
    .constantFrom('80', 'c3', 'c328', 'c080', 'eda080', 'f4908080', 'efbbbf', 'efbbbf61', '00', 'e280a8')
    .map(hex => Buffer.from(hex, 'hex')),
)

/** Headers in order, with names that repeat. */
export const headers: fc.Arbitrary<RecordHeader[]> = fc.array(
  fc.record({
    key: fc.oneof(fc.constantFrom('', 'h', 'trace-id', 'ключ'), fc.string({ unit: 'grapheme' })),
    value: bytes,
  }),
  { maxLength: 4 },
)

/** Topic names as Kafka allows them. */
export const topic = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/).filter(name => name !== '.' && name !== '..')

const offset = fc.nat({ max: 2 ** 40 })

/** None, or any time that a date can represent. */
const timestamp = fc.oneof(fc.integer({ min: -1, max: 2 ** 43 }), fc.integer({ min: -8.64e15, max: 8.64e15 }))

/** Records of one topic-partition with growing offsets, gaps among them. */
export const records = (least = 0): fc.Arbitrary<KafkaRecord[]> =>
  fc
    .record({
      topic,
      partition: fc.nat({ max: 300 }),
      firstOffset: offset,
      contents: fc.array(
        fc.record({
          gap: fc.nat({ max: 3 }),
          timestamp,
          key: bytes,
          value: bytes,
          headers,
        }),
        { minLength: least, maxLength: 250, size: 'large' },
      ),
    })
    .map(({ topic, partition, firstOffset, contents }) => {
      let next = firstOffset
      return contents.map(({ gap, ...content }) => {
        const record = { topic, partition, offset: next, ...content }
        next += 1 + gap
        return record
      })
    })
