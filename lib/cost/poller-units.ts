import { HOURS_OF_MONTH, type Prices } from './prices.ts'

/**
 * Pollers and what a billed unit of them carries. Source: AWS Lambda Developer Guide, "Apache Kafka event poller scaling modes in
 * Lambda": "each event poller can handle up to 5 MB/sec", "Each EPU supports up to 20 MB/s throughput capacity for event polling and
 * supports a default of 10 event pollers".
 */
export const POLLERS_OF_UNIT = 10
const POLLER_BYTES = 5e6
const UNIT_BYTES = 20e6

/** Pollers that a rate needs. */
export const pollersFor = (bytesPerSecond: number) => Math.max(1, Math.ceil(bytesPerSecond / POLLER_BYTES))

/** Units that are billed. Each mapping has at least one of its own, unless it shares one by `pollerGroup`. */
export function pollerUnits(bytesPerSecond: number, minimumPollers = 1): number {
  const pollers = Math.max(minimumPollers, pollersFor(bytesPerSecond))
  return Math.max(1, Math.ceil(bytesPerSecond / UNIT_BYTES), Math.ceil(pollers / POLLERS_OF_UNIT))
}

/** What units cost that are there all the time, in dollars; null where their price is not known. */
export function pollerDollars(units: number, { pollerUnitHour }: Prices, hours = HOURS_OF_MONTH): number | null {
  return pollerUnitHour === null ? null : units * hours * pollerUnitHour
}
