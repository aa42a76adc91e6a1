import type { Requests } from './compaction-requests.ts'

/** The hours that AWS's own examples reckon a month with. */
export const HOURS_OF_MONTH = 730

/** Bytes that are billed as one gigabyte. */
export const BILLED_GB = 2 ** 30

/**
 * Dollars of the first tier in us-east-1, without free tiers. Functions run on Arm, unless a service says otherwise.
 * Sources: AWS Lambda pricing, Amazon S3 pricing (S3 Standard), Amazon CloudWatch pricing, each for us-east-1.
 */
export const prices = {
  /** Of AWS Lambda: a million invocations. */
  millionInvocations: 0.2,
  /** Of AWS Lambda on Arm: a gigabyte of memory for a second. */
  gbSecond: 0.0000133334,
  /** Of AWS Lambda: an Event Poller Unit for an hour, for Kafka. */
  pollerUnitHour: 0.185,
  /** Of Amazon S3: a thousand PUT or LIST requests. Deleting is free. */
  thousandPuts: 0.005,
  /** Of Amazon S3: a thousand GET or HEAD requests. */
  thousandGets: 0.0004,
  /** Of Amazon S3: a gigabyte for a month. */
  gbMonthStored: 0.023,
  /** Of Amazon CloudWatch: a gigabyte of logs taken in. */
  gbLogged: 0.5,
  /** Of Amazon CloudWatch: a custom metric for a month. */
  metricMonth: 0.3,
  /** Of Amazon CloudWatch: an alarm for a month. */
  alarmMonth: 0.1,
  /** Of Amazon EC2: a gigabyte from one region to another. */
  gbBetweenRegions: 0.02,
} as const

/** What requests of a store cost, in dollars. */
export function requestsDollars({ put, list, get }: Requests): number {
  return ((put + list) * prices.thousandPuts + get * prices.thousandGets) / 1000
}
