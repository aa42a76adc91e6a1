import { setTimeout as sleep } from 'node:timers/promises'
import type { EncodeOptions } from '../lib/formats/format.ts'
import { jsonl } from '../lib/formats/jsonl.ts'
import { createPartitionRecords, type PartitionRecords } from '../lib/kafka/read/partition-records.ts'
import type { KafkaRecord } from '../lib/record.ts'
import { chosenTopic } from './chosen-topic.ts'
import { shownRecord } from './shown-record.ts'

/** Where reading begins: at the first record, behind the last one, or at an offset. */
export type From = 'beginning' | 'end' | number

export interface ConsumeOptions {
  topic?: string
  from: From
  /** The only partition to read; all if not given. */
  partition?: number
  /** Ends after so many records; with Ctrl-C if not given. */
  count?: number
  /** Whether each record is printed as a line of JSON. */
  json?: boolean
  /** Ends the reading. */
  signal: AbortSignal
}

/** How often new records are looked for, in milliseconds. */
const PAUSE_MS = 250

/** Prints the records of a topic, and those that come, without a consumer group: nothing on the cluster changes. */
export async function consume(options: ConsumeOptions): Promise<void> {
  const { connection, topic } = await chosenTopic(options.topic)
  const reader = createPartitionRecords(connection, 'consume')
  let left = options.count ?? Number.POSITIVE_INFINITY
  try {
    for await (const records of follow(reader, topic, options)) {
      const shown = records.slice(0, left)
      left -= shown.length
      await print(shown, options.json ?? false)
      if (left <= 0) return
    }
  } finally {
    await reader.close()
  }
}

/** The records of the topic, partition by partition, then what is added to any of them. */
async function* follow(
  reader: PartitionRecords,
  topic: string,
  { from, partition, signal }: ConsumeOptions,
): AsyncGenerator<KafkaRecord[]> {
  const next = new Map<number, number>()
  let isFirst = true
  while (!signal.aborted) {
    const bounds = await reader.bounds(topic)
    if (isFirst) refuseMissing(topic, [...bounds.keys()], partition)
    for (const [place, { start, end }] of bounds) {
      if (partition !== undefined && place !== partition) continue
      const known = next.get(place) ?? (isFirst ? positionOf(from, start, end) : start)
      const range = { topic, partition: place, from: Math.max(known, start), end }
      next.set(place, range.from)
      for await (const records of reader.read(range, signal)) {
        yield records
        next.set(place, (records.at(-1)?.offset ?? range.from) + 1)
      }
    }
    isFirst = false
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
  }
}

function positionOf(from: From, start: number, end: number): number {
  if (from === 'beginning') return start
  return from === 'end' ? end : from
}

function refuseMissing(topic: string, partitions: number[], wanted: number | undefined): void {
  if (partitions.length === 0) throw new Error(`There is no topic ${topic}.`)
  if (wanted !== undefined && !partitions.includes(wanted))
    throw new Error(`${topic} has the partitions 0 to ${partitions.length - 1}, not ${wanted}.`)
}

/** Everything that a record has; bytes that are no text in base64, as in a dump. */
const everything: EncodeOptions = {
  ...{ values: 'bytes', compression: 'none', includeHeaders: true, includeKey: true, includeValueSize: false },
  ...{ maxInlineValueBytes: 0, recordSeparator: '\n' },
}

async function print(records: KafkaRecord[], isJson: boolean): Promise<void> {
  if (records.length === 0) return
  if (isJson) process.stdout.write(await jsonl.encode(records, everything))
  else console.log(records.map(record => shownRecord(record)).join('\n'))
}
