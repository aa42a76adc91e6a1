import type { KafkaSettings } from '../client/settings.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { LATEST, READ_COMMITTED } from '../protocol.ts'
import { createReader, fetchBatches, type Reader } from './reader.ts'

/** Offsets by partition. */
export type Offsets = Record<number, number>

/** Where a record was found. */
export interface FoundRecord {
  partition: number
  offset: number
}

/** Finds records by a header, without a consumer group. Its methods throw CodedErrors. */
export interface RecordSearch {
  /** The offset after the last record of each partition; empty if the topic does not exist. */
  ends(topic: string): Promise<Offsets>
  /** Finds the first record with the header. Partitions without an offset in `from` are read from the beginning. */
  find(topic: string, from: Offsets, header: { key: string; value: string }): Promise<FoundRecord | undefined>
  close(): Promise<void>
}

export function createRecordSearch(connection: KafkaSettings, clientId: string): RecordSearch {
  const { ask, close } = createReader(connection, clientId)
  return {
    ends: topic => ask(`ask for the end of ${topic}`, reader => endsOf(reader, topic)),
    find: (topic, from, { key, value }) =>
      ask(`read the topic ${topic}`, async reader => {
        const [name, wanted] = [Buffer.from(key), Buffer.from(value)]
        for (const [partition, end] of Object.entries(await endsOf(reader, topic))) {
          const range = { topic, partition: Number(partition), from: from[Number(partition)] ?? 0, end }
          const offset = await findIn(reader, range, headers =>
            headers.some(([key, value]) => key?.equals(name) && value?.equals(wanted)),
          )
          if (offset !== undefined) return { partition: Number(partition), offset }
        }
        return undefined
      }),
    close,
  }
}

async function endsOf(reader: Reader, topic: string): Promise<Offsets> {
  if (!(await topicMetadata(reader, topic, true))) return {}
  const offsets = await reader.listOffsets({ topics: [topic], timestamp: LATEST, isolationLevel: READ_COMMITTED })
  return Object.fromEntries((offsets.get(topic) ?? []).map((offset, partition) => [partition, Number(offset)]))
}

interface Range {
  topic: string
  partition: number
  from: number
  end: number
}

type Headers = [Buffer | null, Buffer | null][]

async function findIn(
  reader: Reader,
  { topic, partition, from, end }: Range,
  isWanted: (headers: Headers) => boolean,
): Promise<number | undefined> {
  for (let next = from; next < end; ) {
    const batches = await fetchBatches(reader, { topic, partition, offset: next }, READ_COMMITTED)
    if (batches.length === 0) return undefined
    for (const { firstOffset, lastOffsetDelta, records } of batches) {
      const found = records.find(({ headers }) => isWanted(headers))
      if (found) return Number(firstOffset) + found.offsetDelta
      next = Math.max(next, Number(firstOffset) + lastOffsetDelta + 1)
    }
  }
  return undefined
}
