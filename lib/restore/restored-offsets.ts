import { UnknownTopicError } from '../kafka/error.ts'
import type { LogRecord, TopicLog } from '../kafka/read/topic-log.ts'
import type { Log } from '../observability/logger.ts'
import { decodeSegment } from '../replication/offsets/offset-map-segment.ts'
import { readableRecords } from '../replication/offsets/readable-records.ts'
import { type RestoredSpans, SpanCollector } from './restored-spans.ts'

/** Where the records of a restore are on the target. */
export interface RestoredOffsets {
  /**
   * @param topicId the id that stands for the source topic in this restore
   * @returns undefined when no record of the partition was restored
   */
  of(topicId: string, partition: number): RestoredSpans | undefined
  /** Whether any record of the topic was restored. */
  has(topicId: string): boolean
}

export interface RestoredOffsetsOptions {
  log: Pick<TopicLog, 'read'>
  /** The topic of offset maps, on the target. */
  mapTopic: string
  /** The ids of the topics that are asked for. Other restores and replications share the topic. */
  topicIds: ReadonlySet<string>
  logger: Log
}

/**
 * Reads the offset maps of a restore, whole: unlike those that replication keeps in memory, they are never thinned, so a group
 * continues at exactly the record that it would have read next. 32 bytes for each span: 100 million records with a gap after
 * every hundredth take 32 MB.
 *
 * Nothing was restored where the topic doesn't exist.
 *
 * @throws CodedError as {@link TopicLog}
 */
export async function readRestoredOffsets(options: RestoredOffsetsOptions): Promise<RestoredOffsets> {
  const { log, mapTopic, logger } = options
  let segments = new Segments(options.topicIds)
  const records = readableRecords(mapTopic, logger, record => segments.take(record))
  const restart = () => {
    segments = new Segments(options.topicIds)
  }
  await log.read(mapTopic, 0, { take: records.take, restart }).catch(error => {
    if (!(error instanceof UnknownTopicError)) throw error
  })
  records.report()
  return segments.offsets()
}

class Segments {
  readonly #topicIds: ReadonlySet<string>
  /** By topic id and partition. */
  readonly #collectors = new Map<string, SpanCollector>()
  /** How many spans of each segment were taken, by its key: a writer writes a segment again with each transaction. */
  readonly #taken = new Map<string, number>()
  readonly #known = new Set<string>()

  constructor(topicIds: ReadonlySet<string>) {
    this.#topicIds = topicIds
  }

  /**
   * A deleted segment has no value and changes nothing: its records stay where they are.
   *
   * @throws CodedError `RECORD_UNDECODABLE`
   */
  take({ key, value }: LogRecord): void {
    if (!key || !value) return
    const { topicId, partition, spans } = decodeSegment({ key, value })
    // A restore marks whole topics with a negative partition.
    if (topicId === undefined || !this.#topicIds.has(topicId) || partition < 0) return
    this.#known.add(topicId)
    const name = nameOf(topicId, partition)
    const collector = this.#collectors.get(name) ?? new SpanCollector()
    this.#collectors.set(name, collector)
    const segment = `${topicId}/${key.toString('latin1')}`
    // The last one that was taken may have grown.
    for (const span of spans.slice(Math.max((this.#taken.get(segment) ?? 0) - 1, 0))) collector.add(span)
    this.#taken.set(segment, spans.length)
  }

  offsets(): RestoredOffsets {
    const spans = new Map(Array.from(this.#collectors, ([name, collector]) => [name, collector.spans()]))
    return {
      of: (topicId, partition) => spans.get(nameOf(topicId, partition)),
      has: topicId => this.#known.has(topicId),
    }
  }
}

function nameOf(topicId: string, partition: number): string {
  return `${topicId}/${partition}`
}
