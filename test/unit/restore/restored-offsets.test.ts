import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { UnknownTopicError } from '../../../lib/kafka/error.ts'
import type { LogRecord, LogTaker } from '../../../lib/kafka/read/topic-log.ts'
import { spansOf } from '../../../lib/replication/offsets/offset-map.ts'
import { encodeSegment } from '../../../lib/replication/offsets/offset-map-segment.ts'
import { createOffsetSyncs } from '../../../lib/replication/offsets/offset-sync.ts'
import type { Span } from '../../../lib/replication/offsets/span-list.ts'
import { readRestoredOffsets } from '../../../lib/restore/restored-offsets.ts'

const ID = '11111111-2222-3333-4444-555555555555'
const OTHER_ID = '99999999-2222-3333-4444-555555555555'
const source = { topic: 'orders', partition: 3, topicId: ID }
const nothing = async () => {}
const quiet = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} } as never

/** Reads records as a topic of offset maps. */
async function offsetsIn(records: LogRecord[], topicIds = new Set([ID])) {
  const log = {
    async read(_: string, __: number, { take }: LogTaker) {
      for (const record of records) take(record)
      return records.length
    },
  }
  return await readRestoredOffsets({ log, mapTopic: 'map', topicIds, logger: quiet })
}

/** A record on both sides. */
interface Placed {
  source: number
  target: number
}

/** What a restore writes for records that it places in these batches: each batch is a transaction. */
function written(batches: Placed[][]): LogRecord[] {
  const syncs = createOffsetSyncs({
    ...{ producer: { send: nothing }, admin: { createTopic: nothing }, replicas: 1, topic: 'syncs', mapTopic: 'map' },
  })
  return batches.flatMap(batch => {
    const placed = batch.map(({ target }) => ({ firstOffset: target, records: 1 }))
    const { writes, written } = syncs.prepare(
      source,
      spansOf(
        batch.map(({ source }) => source),
        placed,
      ),
    )
    written()
    return writes.filter(({ topic }) => topic === 'map').flatMap(({ records }) => records)
  })
}

/** The records that a consumer reads on the target from an offset on. */
function readFrom(records: Placed[], offset: number): Placed[] {
  return records.filter(({ target }) => target >= offset).sort((one, other) => one.target - other.target)
}

/** Records with gaps on both sides, such as compaction, aborted transactions and markers leave them. */
const inOrder = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })), { maxLength: 40 })

function placedInOrder(steps: [number, number][], from: Placed): Placed[] {
  const records: Placed[] = []
  let { source, target } = from
  for (const [onSource, onTarget] of steps) {
    ;[source, target] = [source + onSource, target + onTarget]
    records.push({ source, target })
  }
  return records
}

function cut<T>(items: T[], sizes: number[]): T[][] {
  const parts: T[][] = []
  let start = 0
  for (let turn = 0; start < items.length; turn++) {
    const size = sizes[turn % sizes.length] as number
    parts.push(items.slice(start, start + size))
    start += size
  }
  return parts
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const begin = fc.record({ source: fc.nat(5), target: fc.nat(5) })

describe('where a group continues', () => {
  it('is at the record that it would have read next on the source, among those that were restored', async () => {
    await fc.assert(
      fc.asyncProperty(inOrder, begin, sizes, async (steps, from, sizes) => {
        const records = placedInOrder(steps, from)
        const spans = (await offsetsIn(written(cut(records, sizes)))).of(ID, 3)
        if (records.length === 0) return expect(spans).toBeUndefined()
        expect(spans?.inOrder).toBe(true)
        for (let position = 0; position < (records.at(-1)?.source ?? 0) + 3; position++) {
          const unread = records.filter(({ source }) => source >= position)
          const offset = spans?.next(position) ?? Number.NaN
          expect(readFrom(records, offset)).toEqual(unread)
          // Not before the record either: tools would count a lag that isn't there.
          expect(offset).toBe(unread[0]?.target ?? (records.at(-1) as Placed).target + 1)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('misses nothing where parts were restored out of order, or twice', async () => {
    const parts = fc.array(fc.tuple(inOrder, fc.nat(30)), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(parts, sizes, async (parts, sizes) => {
        let target = 0
        const restored = parts.map(([steps, source]) => {
          const records = placedInOrder(steps, { source, target })
          target = records.at(-1)?.target ?? target
          return records
        })
        const records = restored.flat()
        const spans = (await offsetsIn(written(restored.flatMap(part => cut(part, sizes))))).of(ID, 3)
        for (let position = 0; records.length > 0 && position < 130; position++) {
          const unread = records.filter(({ source }) => source >= position)
          const read = readFrom(records, spans?.next(position) ?? Number.NaN)
          expect(new Set(unread).difference(new Set(read)).size).toBe(0)
          expect(read[0]?.source ?? position).toBeGreaterThanOrEqual(position)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is behind the last record when all were read, and at the first one when none was', async () => {
    const records = [10, 11, 15].map((source, index) => ({ source, target: 100 + index * 2 }))
    const spans = (await offsetsIn(written([records]))).of(ID, 3)
    expect([0, 10, 12, 15, 16, 1000].map(position => spans?.next(position))).toEqual([100, 100, 104, 104, 105, 105])
    expect(spans).toMatchObject({ first: 100, end: 105, inOrder: true })
  })

  it('goes back far enough when later offsets were restored first', async () => {
    const late: Span[] = [{ sourceFirst: 50, targetFirst: 0, count: 10 }]
    const early: Span[] = [
      { sourceFirst: 0, targetFirst: 10, count: 50 },
      { sourceFirst: 60, targetFirst: 60, count: 5 },
    ]
    const segments = [late, early].map((spans, begun) => encodeSegment({ ...source, begun, spans }))
    const spans = (await offsetsIn(segments)).of(ID, 3)
    expect(spans?.inOrder).toBe(false)
    expect([0, 20, 55, 60, 64, 65].map(position => spans?.next(position))).toEqual([0, 0, 5, 60, 64, 65])
  })

  it('follows the restore’s own records only', async () => {
    const mine = written([[{ source: 1, target: 1 }]])
    const spans: Span[] = [{ sourceFirst: 0, targetFirst: 70, count: 9 }]
    const others = [
      encodeSegment({ ...source, topicId: OTHER_ID, begun: 1, spans }),
      encodeSegment({ topic: 'orders', partition: 3, begun: 2, spans }),
      { key: Buffer.from('x'), value: Buffer.from('not a segment') },
    ]
    const offsets = await offsetsIn([...others, ...mine, ...others])
    expect(offsets.of(ID, 3)).toMatchObject({ first: 1, end: 2 })
    expect([offsets.has(ID), offsets.has(OTHER_ID), offsets.of(ID, 2)]).toEqual([true, false, undefined])
    const deleted = mine.map(({ key }) => ({ key, value: null }))
    expect((await offsetsIn([...mine, ...deleted])).of(ID, 3)).toMatchObject({ first: 1 })
  })

  it('is unknown where the topic of offset maps does not exist', async () => {
    const read = async () => {
      throw new UnknownTopicError('map', 'The topic map does not exist.', false)
    }
    const offsets = await readRestoredOffsets({
      log: { read },
      mapTopic: 'map',
      topicIds: new Set([ID]),
      logger: quiet,
    })
    expect(offsets.has(ID)).toBe(false)
  })
})
