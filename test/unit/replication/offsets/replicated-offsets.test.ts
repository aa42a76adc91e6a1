import { randomUUID } from 'node:crypto'
import type { LogRecord, LogTaker } from '../../../../lib/kafka/read/topic-log.ts'
import { encodeSegment } from '../../../../lib/replication/offsets/offset-map-segment.ts'
import { createReplicatedOffsets } from '../../../../lib/replication/offsets/replicated-offsets.ts'
import type { Span } from '../../../../lib/replication/offsets/span-list.ts'

const logger = { info() {}, warn() {}, error() {} }
const topicId = randomUUID()

/** A topic with one partition; a read can be held up after its records. */
class Log {
  records: LogRecord[] = []
  reads: number[] = []
  afterRead = async () => {}

  async read(_: string, from: number, { take }: LogTaker) {
    this.reads.push(from)
    const end = this.records.length
    for (const record of this.records.slice(from, end)) take(record)
    await this.afterRead()
    return end
  }

  async close() {}
}

function segment(begun: number, spans: Span[], id = topicId): LogRecord {
  return encodeSegment({ topic: 'orders', partition: 0, topicId: id, begun, spans })
}

const span = (sourceFirst: number, count: number): Span => ({ sourceFirst, targetFirst: sourceFirst, count })

test('exactly the offsets that a segment names are known, never those in a gap: their records may come later', async () => {
  const log = new Log()
  log.records.push(
    segment(1, [span(0, 10), span(12, 5)]),
    segment(2, [span(8_190, 4)]),
    segment(3, [span(10, 1)], randomUUID()),
  )
  const offsets = createReplicatedOffsets(log, 'map', logger as never)
  await offsets.refresh()
  const isKnown = offsets.of(topicId, 0)
  const known = [0, 9, 10, 11, 12, 16, 17, 8_189, 8_190, 8_193, 8_194].filter(isKnown)
  expect(known).toEqual([0, 9, 12, 16, 8_190, 8_193])
})

test('the segment that was begun last is the one to continue', async () => {
  const log = new Log()
  const offsets = createReplicatedOffsets(log, 'map', logger as never)
  await offsets.refresh()
  expect(offsets.newest(topicId, 0)).toBeUndefined()
  log.records.push(segment(5, [span(50, 1)]), segment(3, [span(0, 50)]))
  await offsets.refresh()
  expect(offsets.newest(topicId, 0)).toMatchObject({ begun: 5, spans: [span(50, 1)] })
})

// Ranges were kept for ever, also those of records that are gone from the source.
test('too many ranges are read again from the topic, which has only what can still be asked for', async () => {
  const log = new Log()
  log.records.push(segment(1, [span(0, 1), span(5, 1)]))
  const offsets = createReplicatedOffsets(log, 'map', logger as never, 1)
  await offsets.refresh()
  // Its records are gone from the source; meanwhile this instance commits others.
  log.records = [segment(2, [span(20_000, 1)])]
  log.afterRead = async () => offsets.add(topicId, 0, [span(30_000, 1)])
  await offsets.refresh()
  const isKnown = offsets.of(topicId, 0)
  expect([0, 5, 20_000, 30_000].map(isKnown)).toEqual([false, false, true, true])
  expect(log.reads).toEqual([0, 0])
})
