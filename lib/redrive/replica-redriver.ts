import { createHash } from 'node:crypto'
import { holdsOffset, subtract, unite } from '../commits/offset-runs.ts'
import type { KafkaRecord } from '../record.ts'
import { type Replication, replicateRecords } from '../replication/replicate.ts'
import { hasBeenOn } from '../replication/source-header.ts'
import type { TargetWriter } from '../replication/target-writer.ts'
import { runsOf } from '../staging/runs.ts'
import { failedAgain } from './carry-out.ts'
import { deliverAgain } from './deliver-again.ts'
import type { RedrivenRecord } from './failed-records.ts'
import type { PartOutcome, Redriver } from './redriver.ts'
import type { TopicMarks } from './topic-marks.ts'

export interface ReplicaRedrive {
  /** With the connector's settings, and a writer that writes each record of a source topic once. */
  replication: Replication
  marks: TopicMarks
  /** Names the target in messages. */
  peer: string
  /** Milliseconds since the epoch. */
  now(): number
}

/** The header that says where a redriven record was taken from: `topic-partition:offset` of its letter, a document, or who named it. */
export const REDRIVEN_FROM = 'kafka-functions.redriven-from'

/** How long the marks of a part may take to be written, in milliseconds. */
const MARKING_MS = 60_000

/**
 * Redrives to the target of a replication. Records and the map of their offsets are one transaction, so a redrive that was killed has
 * written all of a batch or nothing, and the next one leaves out what is there.
 */
export function createReplicaRedriver({ replication, marks, peer, now }: ReplicaRedrive): Redriver {
  const isScattered = replication.partitioner !== 'same'

  /** Remembers which records were not on the target before. */
  function remembering(written: Set<number>, topicId: string): TargetWriter {
    return {
      async write(batch, attempt) {
        const source = { ...batch.source, topicId }
        const result = await replication.writer.write({ ...batch, source, scattered: isScattered }, attempt)
        for (const { record } of result.written) written.add(record.offset)
        return result
      },
    }
  }

  return {
    marks,
    // A transaction that was left open ends when its id is claimed again.
    async finish() {},
    async redrive({ topic, partition, records, ...part }): Promise<PartOutcome> {
      const place = { topic, partition }
      const topicId = part.topicId ?? (await marks.lastTopicId(place)) ?? idOfDeleted(topic)
      const { redriven: before } = await marks.of(place, topicId)
      const left = records.filter(({ record }) => !holdsOffset(before, record.offset))
      const refused = refusedOf(topic, left, replication)
      const skipped = unite(...refused.map(({ offsets }) => offsets))
      const tried = left.filter(({ record }) => !holdsOffset(skipped, record.offset)).map(withLineage)
      const all = subtract(runsOf(records.map(({ record }) => record.offset)), skipped)
      if (tried.length === 0) return { present: all, redriven: [], failed: [], refused }
      const written = new Set<number>()
      const own = { ...replication, writer: remembering(written, topicId) }
      const write = (some: KafkaRecord[], attempt: Parameters<typeof replicateRecords>[2]) =>
        replicateRecords(some, own, attempt)
      const failed = failedAgain(await deliverAgain(tried, { write, peer }), now())
      const redriven = runsOf([...written].toSorted((a, b) => a - b))
      const there = subtract(all, unite(...failed.map(({ offsets }) => offsets)))
      await marks.add(place, topicId, { redriven: there, failed }, now() + MARKING_MS)
      return { redriven, present: subtract(there, redriven), failed, refused }
    },
  }
}

/** The records that the connector doesn't replicate, as it is declared now. They would count as replicated otherwise. */
function refusedOf(topic: string, records: RedrivenRecord[], { filter, targetAlias }: Replication) {
  const exclusion = filter(topic)
  const own = exclusion ? records : records.filter(({ record }) => hasBeenOn(record, targetAlias))
  if (own.length === 0) return []
  const why = exclusion ? `The topic is left out: ${exclusion}.` : 'They came from the target.'
  const offsets = runsOf(own.map(({ record }) => record.offset))
  return [{ offsets, reason: `The connector doesn't replicate them. ${why}` }]
}

function withLineage({ record, place, letter }: RedrivenRecord): KafkaRecord {
  const from = letter ?? (place.kind === 'document' ? place.name : place.kind === 'kafka' ? place.named : place.kind)
  return { ...record, headers: [...record.headers, { key: REDRIVEN_FROM, value: Buffer.from(from) }] }
}

/** Stands for the id of a topic that was deleted before anything of it was redriven, so that its records are written once. */
function idOfDeleted(topic: string): string {
  const digest = createHash('sha256').update(`deleted/${topic}`).digest('hex')
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
