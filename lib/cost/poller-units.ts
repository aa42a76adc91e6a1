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

/** Mappings of a connector in provisioned mode. */
export interface Mappings {
  count: number
  /** Of each mapping. */
  minimumPollers: number
  /** The poller group whose units they share, with the pollers that others have in it; null when each has units of its own. */
  group: { otherPollers: number } | null
}

/** What is reckoned with unless something else is declared. */
export const oneMapping: Mappings = { count: 1, minimumPollers: 1, group: null }

/**
 * Units that are billed when mappings share a rate evenly. Each has at least a unit of its own; those of a group are billed once for all
 * that are in it.
 */
export function pollerUnits(bytesPerSecond: number, mappings: Mappings = oneMapping): number {
  const { count, minimumPollers, group } = mappings
  const pollers = Math.max(minimumPollers, pollersFor(bytesPerSecond / count))
  if (group) return unitsOf(bytesPerSecond, pollers * count + group.otherPollers)
  return unitsOf(bytesPerSecond / count, pollers) * count
}

function unitsOf(bytesPerSecond: number, pollers: number): number {
  return Math.max(Math.ceil(bytesPerSecond / UNIT_BYTES), Math.ceil(pollers / POLLERS_OF_UNIT))
}

/** What units cost that are there all the time, in dollars; null where their price is not known. */
export function pollerDollars(units: number, { pollerUnitHour }: Prices, hours = HOURS_OF_MONTH): number | null {
  return pollerUnitHour === null ? null : units * hours * pollerUnitHour
}
