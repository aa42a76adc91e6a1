import fc from 'fast-check'
import {
  decodeCheckpoint,
  decodeHeartbeat,
  decodeOffsetSync,
  encodeCheckpoint,
  encodeHeartbeat,
  encodeOffsetSync,
} from '../../../../lib/replication/offsets/mirror-records.ts'
import { decodeSegment, encodeSegment } from '../../../../lib/replication/offsets/offset-map-segment.ts'
import { checkpoint, heartbeat, offsetSync, partition, spans, time } from '../../../support/arbitrary-mirror-records.ts'
import { topic } from '../../../support/arbitrary-records.ts'

describe('records come back as they were', () => {
  test('offset syncs', () => {
    fc.assert(fc.property(offsetSync, sync => expect(decodeOffsetSync(encodeOffsetSync(sync))).toEqual(sync)))
  })

  test('checkpoints', () => {
    fc.assert(
      fc.property(checkpoint, checkpoint => expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual(checkpoint)),
    )
  })

  test('heartbeats', () => {
    fc.assert(
      fc.property(heartbeat, heartbeat => expect(decodeHeartbeat(encodeHeartbeat(heartbeat))).toEqual(heartbeat)),
    )
  })

  test('segments of offset maps', () => {
    fc.assert(
      fc.property(topic, partition, time, spans, (topic, partition, begun, spans) => {
        const segment = { topic, partition, begun, spans }
        expect(decodeSegment(encodeSegment(segment))).toEqual(segment)
      }),
    )
  })
})

test('what is cut off or of another version is refused by its code', () => {
  const sync = encodeOffsetSync({ topic: 'orders', partition: 0, sourceOffset: 5, targetOffset: 7 })
  const beat = encodeHeartbeat({ sourceAlias: 'a', targetAlias: 'b', timestamp: 1 })
  const refused = expect.objectContaining({ code: 'RECORD_UNDECODABLE' })
  expect(() => decodeOffsetSync({ ...sync, key: sync.key.subarray(0, 5) })).toThrow(refused)
  expect(() => decodeOffsetSync({ ...sync, value: sync.value.subarray(1) })).toThrow(refused)
  expect(() => decodeHeartbeat({ ...beat, value: Buffer.from([0, 1, ...beat.value.subarray(2)]) })).toThrow(refused)
  expect(() => decodeSegment({ key: sync.key, value: sync.value })).toThrow(refused)
})
