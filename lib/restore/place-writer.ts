import { AbnormalDataError } from '../delivery/abnormal-data.ts'
import { asCodedError, CodedError } from '../error.ts'
import { bytesOf } from '../observability/telemetry.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { route } from '../replication/routing.ts'
import { type RoutedRecord, toOutgoing, type Written } from '../replication/target-writer.ts'
import { repeatUntil } from '../retry.ts'
import type { GatheredBatch } from './gathered.ts'
import type { PlaceTally } from './place-tally.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic, Restoration, RestoreTime } from './restoration.ts'
import { isScattered } from './scattered.ts'

/**
 * How long one batch is tried. Long enough for a broker that restarts, and for an election; a cluster that is away for longer
 * ends the restore, which continues when it is run again.
 */
const PATIENCE_MS = 120_000

/** Writes a batch, or in a dry run only finds out what would be written. */
export type PlaceWriter = (batch: GatheredBatch, time: RestoreTime) => Promise<void>

/** @param tally is told of what is on the target, as soon as it is known */
export function createPlaceWriter(
  restoration: Restoration,
  topic: PreparedTopic,
  { topic: name, partition }: TopicPartition,
  tally: PlaceTally,
  { dryRun, append }: Pick<RestoreRequest, 'dryRun' | 'append'>,
): PlaceWriter {
  const { target, routing, telemetry } = restoration
  const { topicId } = topic
  const source = { topic: name, partition, topicId }
  const isRestored = topicId === undefined ? () => false : target.restored.of(topicId, partition)

  const scattered = isScattered(routing)
  // What other processes of this restore produce meanwhile is behind it.
  const end =
    topicId === undefined || append || scattered ? 0 : (target.restored.extent(topicId, partition)?.sourceEnd ?? 0)

  /** A record behind later ones would be read out of order by everybody, for ever. */
  function requireOrder({ records }: GatheredBatch): void {
    if ((records[0]?.offset ?? 0) >= end) return
    const early = records.find(({ offset }) => offset < end && !isRestored(offset))
    if (!early) return
    const { offset } = early
    const message = `Records up to offset ${end - 1} of ${name}-${partition} were restored before, without this one: it would come behind them. Restore to another name or purge the topic to have all in order, or append.`
    throw new CodedError('RESTORE_OUT_OF_ORDER', message, { topic: name, partition, offset })
  }

  async function write(batch: GatheredBatch, { deadline, progress }: RestoreTime): Promise<void> {
    let rest = route(batch.records, routing, topic.partitions)
    requireOrder(batch)
    const until = patienceUntil(deadline)
    const take = ({ written, spans }: Written, records: readonly KafkaRecord[]) => {
      const outgoing = written.map(toOutgoing)
      const bytes = bytesOf(outgoing)
      telemetry.add('RecordsOut', outgoing.length)
      telemetry.add('BytesOut', bytes)
      // With other partitioners the offsets are those of several partitions.
      tally.done(records, outgoing, scattered ? [] : spans)
      if (outgoing.length > 0) progress.produced(source, outgoing.length, bytes)
    }
    const delivered = (records: readonly KafkaRecord[]) => {
      if (records.length === 0) return
      const stored = new Set(records)
      const isStored = ({ record }: RoutedRecord) => stored.has(record)
      take({ written: rest.filter(isStored), spans: [] }, records)
      rest = rest.filter(one => !isStored(one))
    }
    const attempt = async () => {
      const records = rest
      const written = await target.writer.write(
        { source, target: topic.target, records, scattered },
        { deadline: until, delivered },
      )
      take(
        written,
        records.map(({ record }) => record),
      )
    }
    await repeatUntil(until, () => new AbortController().signal, attempt).catch(thrown => {
      throw explained(thrown, topic.target)
    })
  }

  return dryRun
    ? async batch => {
        requireOrder(batch)
        const { records } = batch
        tally.present(records.filter(({ offset }) => isRestored(offset)).length)
      }
    : write
}

/** When a request ends that may take as long as an election, or the restore if that ends before. */
export function patienceUntil(deadline: number): number {
  return Math.min(deadline, Date.now() + PATIENCE_MS)
}

/** What to do about records that the topic refuses; nothing is put aside, so that a restore that succeeds is complete. */
const advice: Partial<Record<CodedError['code'], string>> = {
  KAFKA_RECORD_TOO_LARGE: 'Raise max.message.bytes of',
  KAFKA_TIMESTAMP_REFUSED: 'Raise message.timestamp.before.max.ms and message.timestamp.after.max.ms of',
  KAFKA_RECORD_REFUSED: 'Change the settings of',
}

function explained(thrown: unknown, target: string): CodedError {
  const error = asCodedError(thrown)
  const hint = advice[error.code]
  if (!(error instanceof AbnormalDataError) || !hint) return error
  const { code, message, topic, partition, offset, failed } = error
  const others = failed.length > 1 ? ` So are ${failed.length - 1} more records at least.` : ''
  const todo = `${hint} the target topic ${target}, and run the same restore again: it continues with this record.`
  return new CodedError(code, `${message}${others} ${todo}`, { topic, partition, offset, cause: error.cause })
}
