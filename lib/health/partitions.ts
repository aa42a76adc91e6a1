import { type PartitionPosition, type Positions, unreadOf } from '../operate/positions.ts'
import { PATIENCE_MS, type StoppedPartition } from './findings.ts'
import { type LogSigns, MAX_LINES, type PartitionLog, placeName } from './log-signs.ts'
import { RATE_MS } from './metric-signs.ts'
import type { PartitionHealth } from './model.ts'
import { timeText, type Unknown } from './subject.ts'

const MINUTES = RATE_MS / 60_000

/** Milliseconds in a minute. */
const MINUTE_MS = 60_000

/** The partitions of a connector, in the order of topics and numbers. */
export function partitionsOf(
  positions: Positions,
  log: LogSigns | undefined,
  logUnknown: string | undefined,
  now: number,
): PartitionHealth[] {
  const deliveriesUnknown = log && !log.hasDeliveries ? TOO_LONG : logUnknown
  return Object.entries(positions).flatMap(([topic, found]) =>
    (found ?? []).map(position => {
      const partitionLog = log?.partitions.get(placeName(topic, position.partition))
      return partitionOf(topic, position, { log: partitionLog, logUnknown, deliveriesUnknown, now })
    }),
  )
}

const TOO_LONG = `the log has more than ${new Intl.NumberFormat('en').format(MAX_LINES)} lines about errors and deliveries of the last 15 min`

interface Seen {
  log: PartitionLog | undefined
  logUnknown: string | undefined
  deliveriesUnknown: string | undefined
  now: number
}

function partitionOf(topic: string, position: PartitionPosition, seen: Seen): PartitionHealth {
  const { log, logUnknown, deliveriesUnknown, now } = seen
  const { partition, committed, start, end, produced, nextTimestamp, nextUnknown } = position
  const unknown: Unknown = {}
  const lag = unreadOf(position)
  if (lag === null) for (const field of ['start', 'end', 'lag']) unknown[field] = 'the partition has no leader'
  if (nextUnknown) unknown.oldestUnread = nextUnknown
  if (deliveriesUnknown) for (const field of ['recordsOutPerMinute', 'lastDelivery']) unknown[field] = deliveriesUnknown
  if (logUnknown) for (const field of ['lastError', 'stopped']) unknown[field] = logUnknown
  const recordsInPerMinute = produced === null ? null : produced / MINUTES
  const recordsOutPerMinute = deliveriesUnknown ? null : (log?.delivered ?? 0) / MINUTES
  const age = nextTimestamp === null ? null : Math.max(now - nextTimestamp, 0)
  return {
    ...{ topic, partition, committed, start, end, lag },
    oldestUnread: nextTimestamp === null ? null : timeText(nextTimestamp),
    oldestUnreadAgeMs: age,
    ...{ recordsInPerMinute, recordsOutPerMinute },
    catchUpMs: catchUpMs(lag, recordsInPerMinute, recordsOutPerMinute),
    stopped: isStopped(position, log),
    lastDelivery: log?.lastDelivery ?? null,
    lastError: log?.lastError ?? null,
    unknown,
  }
}

/** Null when nothing is unread, and when it never catches up. */
function catchUpMs(lag: number | null, incoming: number | null, outgoing: number | null): number | null {
  if (!lag || incoming === null || outgoing === null || outgoing <= incoming) return null
  return Math.round((lag / (outgoing - incoming)) * MINUTE_MS)
}

/** Whether it has stopped at a record that it has not passed since. */
function isStopped(position: PartitionPosition, log: PartitionLog | undefined): boolean {
  const { stop } = log ?? {}
  if (!stop || unreadOf(position) === 0) return false
  return stop.offset === undefined || (position.committed ?? 0) <= stop.offset
}

/** Those that stand, the one with the oldest error first. */
export function stoppedOf(partitions: PartitionHealth[], log: LogSigns | undefined): StoppedPartition[] {
  const stopped = partitions
    .filter(partition => partition.stopped)
    .flatMap(({ topic, partition }) => {
      const failure = log?.partitions.get(placeName(topic, partition))?.stop
      return failure ? [{ topic, partition, offset: failure.offset, failure }] : []
    })
  return stopped.toSorted((one, other) => one.failure.time.localeCompare(other.failure.time))
}

/** Where positions are not known, the log alone says which partitions stand: those that have stopped lately. */
export function stoppedByLog(log: LogSigns, now: number): StoppedPartition[] {
  return Array.from(log.partitions.values()).flatMap(({ stop }) =>
    stop?.topic === undefined || stop.partition === undefined || now - Date.parse(stop.time) > PATIENCE_MS
      ? []
      : [{ topic: stop.topic, partition: stop.partition, offset: stop.offset, failure: stop }],
  )
}
