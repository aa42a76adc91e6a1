import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { asCodedError, CodedError } from '../error.ts'
import type { LogRecord, TopicLog } from '../kafka/read/topic-log.ts'
import type { Log } from '../observability/logger.ts'
import type { OutgoingRecord, RecordProducer, TopicPartition } from '../record.ts'
import { DEFAULT_SEPARATOR } from '../replication/naming/policy.ts'
import type { InternalTopics } from '../replication/offsets/offset-sync-topics.ts'
import { readableRecords } from '../replication/offsets/readable-records.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { type MarkedOffsets, noMarks, type RedriveMarks, withOutcome } from './marks.ts'

/** Name of the compacted topic on the target that has the marks of redrives, next to the topic of offset maps. */
export function redriveMarksTopic(alias: string, separator = DEFAULT_SEPARATOR): string {
  return `kafka-functions-redriven${separator}${alias}${separator}internal`
}

/** The marks of a connector that replicates. */
export interface TopicMarks extends RedriveMarks {
  /**
   * The id of the topic with this name that was marked last; undefined when there are no marks, or none of a topic that existed.
   *
   * @throws CodedError
   */
  lastTopicId(place: TopicPartition): Promise<string | undefined>
  /**
   * Adds what a redrive has done.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError
   */
  add(place: TopicPartition, topicId: string | undefined, outcome: MarkedOffsets, deadline: number): Promise<void>
}

export interface TopicMarksOptions {
  /** {@link redriveMarksTopic} */
  topic: string
  /** Whose marks they are: several connectors may write to one target. */
  connector: string
  log: Pick<TopicLog, 'read'>
  producer: RecordProducer
  /** Creates the topic. */
  topics: Pick<InternalTopics, 'use'>
  logger: Log
}

const runsSchema: z.ZodType<OffsetRuns> = z.array(z.tuple([z.int(), z.int()]))

const keySchema = z.object({ connector: z.string(), topic: z.string(), partition: z.int(), id: z.string() })

const entrySchema = z.object({
  schema: z.literal(1),
  /** When it was written, in milliseconds since the epoch: of two entries, the later one counts. */
  time: z.int(),
  topicId: z.string().optional(),
  redriven: runsSchema,
  failed: z.array(z.object({ code: z.string(), offsets: runsSchema, time: z.int() })),
})

type Entry = z.infer<typeof entrySchema>

/** An entry with 10,000 runs has some 200 KB, which any topic takes. */
const MOST_RUNS = 10_000

/** Entries of a topic-partition from which on they are rewritten as few. */
const MANY_ENTRIES = 64

/**
 * Marks in a compacted topic with one partition. Each part of a redrive adds an entry with a key of its own, so that redrives at
 * the same time don't replace each other's. When a topic-partition has many entries, they are written once more as few and the
 * old ones are deleted; it does no harm if two redrives do so at once, or one is killed in between.
 */
export function createTopicMarks(options: TopicMarksOptions): TopicMarks {
  const { topic: marksTopic, connector, log, producer, topics, logger } = options
  /** By the key of the topic's record. */
  const entries = new Map<string, Entry>()
  let next = 0

  function take({ key, value }: LogRecord): void {
    if (!key) return
    const text = key.toString()
    if (parsed(keySchema, text).connector !== connector) return
    if (value) entries.set(text, parsed(entrySchema, value.toString()))
    else entries.delete(text)
  }

  const refresh = () =>
    topics.use(async () => {
      const records = readableRecords(marksTopic, logger, take)
      next = await log.read(marksTopic, next, { take: records.take, restart: () => entries.clear() })
      records.report()
    })

  const all = (place: TopicPartition) =>
    [...entries].filter(([key]) => isOf(place, key)).toSorted(([, a], [, b]) => a.time - b.time)

  function entriesOf(place: TopicPartition, topicId: string | undefined): [key: string, entry: Entry][] {
    const own = all(place)
    const id = topicId ?? own.at(-1)?.[1].topicId
    return own.filter(([, entry]) => entry.topicId === id)
  }

  const marksNow = (place: TopicPartition, topicId: string | undefined) =>
    entriesOf(place, topicId).reduce((marks, [, entry]) => withOutcome(marks, entry), noMarks())

  async function write(records: Pick<OutgoingRecord, 'key' | 'value'>[], deadline: number): Promise<void> {
    const outgoing = records.map(record => ({ ...record, headers: [], timestamp: Date.now(), partition: 0 }))
    await topics.use(() => producer.send(marksTopic, outgoing, deadline))
  }

  return {
    async of(place, topicId) {
      await refresh()
      return marksNow(place, topicId)
    },
    async lastTopicId(place) {
      await refresh()
      return all(place).at(-1)?.[1].topicId
    },
    async add(place, topicId, outcome, deadline) {
      const old = entriesOf(place, topicId)
      const isMany = old.length >= MANY_ENTRIES
      const marks = isMany ? withOutcome(marksNow(place, topicId), outcome) : outcome
      const added = chunksOf(marks).map(chunk => recordOf({ connector, ...place }, topicId, chunk))
      await write(added, deadline)
      for (const record of added) take(record)
      if (!isMany) return
      await write(
        old.map(([key]) => ({ key: Buffer.from(key), value: null })),
        deadline,
      )
      for (const [key] of old) entries.delete(key)
    },
  }
}

/** @throws CodedError `RECORD_UNDECODABLE` */
function parsed<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const { message } = asCodedError(cause)
    throw new CodedError('RECORD_UNDECODABLE', `The record is no mark of a redrive: ${message}`, { cause })
  }
}

function isOf({ topic, partition }: TopicPartition, key: string): boolean {
  const of = parsed(keySchema, key)
  return of.topic === topic && of.partition === partition
}

function recordOf(whose: { connector: string } & TopicPartition, topicId: string | undefined, marks: MarkedOffsets) {
  const { connector, topic, partition } = whose
  const entry: Entry = { schema: 1, time: Date.now(), topicId, ...marks }
  return {
    key: Buffer.from(JSON.stringify({ connector, topic, partition, id: randomUUID() })),
    value: Buffer.from(JSON.stringify(entry)),
  }
}

/** The marks in parts that fit into a record. */
function chunksOf({ redriven, failed }: MarkedOffsets): MarkedOffsets[] {
  const chunks: MarkedOffsets[] = []
  for (let from = 0; from < redriven.length; from += MOST_RUNS)
    chunks.push({ redriven: redriven.slice(from, from + MOST_RUNS), failed: [] })
  for (const { offsets, ...group } of failed) {
    for (let from = 0; from < offsets.length; from += MOST_RUNS)
      chunks.push({ redriven: [], failed: [{ ...group, offsets: offsets.slice(from, from + MOST_RUNS) }] })
  }
  return chunks
}
