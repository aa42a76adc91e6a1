/**
 * How much time and memory the offset maps of a hundred million records take that have a gap after every tenth, as
 * transactions leave them: ten million spans. Run it with the heap of a function of 1,024 MB:
 *
 *     node --max-old-space-size=900 test/bench/offset-maps.ts [partitions]
 */
import { randomUUID } from 'node:crypto'
import type { LogRecord, LogTaker, TopicLog } from '../../lib/kafka/read/topic-log.ts'
import { createOffsetMaps } from '../../lib/replication/offsets/offset-map-reader.ts'
import { encodeSegment, SEGMENT_SPANS } from '../../lib/replication/offsets/offset-map-segment.ts'
import { createReplicatedOffsets } from '../../lib/replication/offsets/replicated-offsets.ts'

const RECORDS = 100_000_000
const GAP_EVERY = 10
const partitions = Number(process.argv[2] ?? 1)
const segments = Math.ceil(RECORDS / GAP_EVERY / SEGMENT_SPANS)
const logger = { info() {}, warn() {}, error() {} } as never
const topicId = randomUUID()

/** A segment full of gaps. Segments take turns over the partitions. */
function segment(index: number): LogRecord {
  const first = Math.floor(index / partitions) * SEGMENT_SPANS
  const spans = Array.from({ length: SEGMENT_SPANS }, (_, span) => ({
    sourceFirst: (first + span) * (GAP_EVERY + 1),
    targetFirst: (first + span) * GAP_EVERY,
    count: GAP_EVERY,
  }))
  return encodeSegment({ topic: 'orders', partition: index % partitions, topicId, begun: index, spans })
}

let bytes = 0

/** The topic of offset maps, of which one record at a time is in memory. */
const log: TopicLog = {
  async read(topic: string, from: number, { take }: LogTaker) {
    if (topic === 'syncs') return 0
    const end = from === 0 ? segments : from + 1
    for (let index = from; index < end; index++) {
      const record = segment(index)
      bytes += record.value?.length ?? 0
      take(record)
    }
    return end
  },
  async close() {},
}

async function measure(what: string, run: () => Promise<unknown>): Promise<void> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  const seconds = ((user + system) / 1e6).toFixed(2)
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
  const peak = megabytes(process.resourceUsage().maxRSS * 1024)
  console.log(
    `${what}: ${seconds} s of CPU, heap ${megabytes(heapUsed)}, arrays ${megabytes(arrayBuffers)}, peak ${peak}`,
  )
}

await measure('writing the topic', () => log.read('map', 0, { take() {}, restart() {} }))
console.log(`${segments} segments of ${partitions} partitions, ${Math.round(bytes / 1e6)} MB`)
const maps = createOffsetMaps({ log, syncsTopic: 'syncs', mapTopic: 'map', logger })
await measure('offset maps, cold', maps.refresh)
await measure('offset maps, one more segment', maps.refresh)
const replicated = createReplicatedOffsets(log, 'map', logger)
await measure('exactly once, cold', replicated.refresh)
await measure('exactly once, one more segment', replicated.refresh)
const [last = 0, exact] = [maps.of('orders', 0)?.sourceEnd, maps.of('orders', 0)?.translate(5 * (GAP_EVERY + 1) + 3)]
console.log(`first positions exact: ${exact === 5 * GAP_EVERY + 3}, known: ${replicated.of(topicId, 0)(last - 1)}`)
