import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'

/** How many pollers a mapping may have, before the number of partitions limits it. */
export interface PollerLimits {
  least: number
  most: number
  /** At every how many figures of the lag the number is chosen. */
  everyLags: number
}

/**
 * Lambda documents no limit on demand but the partitions. Each poller is a client of the cluster and one more function at work,
 * and a laptop has few cores.
 */
const MOST_HERE = 10

/**
 * A minute, as the lag is asked for every 15 seconds.
 * Source: AWS Lambda Developer Guide, "Apache Kafka event poller scaling modes", "On-demand mode".
 */
const ON_DEMAND_LAGS = 4

/** Lambda calls the scaling of provisioned pollers responsive, and names no time. */
const PROVISIONED_LAGS = 1

export function pollerLimits({ provisionedPollers }: EventSourceMapping): PollerLimits {
  if (!provisionedPollers) return { least: 1, most: MOST_HERE, everyLags: ON_DEMAND_LAGS }
  const { minimum, maximum } = provisionedPollers
  return { least: Math.min(minimum, MOST_HERE), most: Math.min(maximum, MOST_HERE), everyLags: PROVISIONED_LAGS }
}

/**
 * While a batch takes longer, no poller is added, in milliseconds. When a poller joins, partitions move to other pollers, and what
 * is under way is delivered again there: nobody wants that while a function is stopped at a breakpoint.
 */
export const SLOW_MS = 10_000

/** What is known when the number of pollers is chosen. */
export interface Load {
  pollers: number
  partitions: number
  /** Records that the group has yet to read, now and at the last look; undefined when nobody could know. */
  lag: number | undefined
  lagBefore: number | undefined
  /** Of the mapping. */
  batchSize: number
  /** Whether records wait for their next attempt, or a batch has been under way for longer than {@link SLOW_MS}. */
  isSlow: boolean
}

/**
 * How many pollers there should be. One more when more records wait than the pollers take at once and the lag doesn't shrink, so
 * that records come faster than they are processed; one less when nothing has waited twice. Never more than partitions, because
 * each is read by one poller at a time.
 */
export function pollersFor({ least, most }: PollerLimits, load: Load): number {
  const { pollers, partitions, lag, lagBefore, batchSize, isSlow } = load
  const wanted = pollers + change({ lag, lagBefore, isSlow, atOnce: pollers * batchSize })
  return Math.max(Math.min(Math.max(wanted, least), most, partitions), 1)
}

function change({
  lag,
  lagBefore,
  isSlow,
  atOnce,
}: Pick<Load, 'lag' | 'lagBefore' | 'isSlow'> & { atOnce: number }): number {
  if (lag === undefined || lagBefore === undefined) return 0
  if (lag === 0 && lagBefore === 0) return -1
  return !isSlow && lag > atOnce && lag >= lagBefore ? 1 : 0
}
