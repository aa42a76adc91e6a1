import type { Requests } from './compaction-requests.ts'

/** The hours that AWS's own examples reckon a month with. */
export const HOURS_OF_MONTH = 730

/** Bytes that are billed as one gigabyte. */
export const BILLED_GB = 2 ** 30

/** When the lists and pages were published that the prices are from; null where that is not known. */
export const priceDates = {
  'AWS Lambda': '2026-09-19',
  'Amazon S3': '2026-08-07',
  'Amazon CloudWatch': '2026-08-06',
  'Amazon Data Firehose': '2026-07',
  'Amazon MSK Connect': null,
} satisfies Record<string, string | null>

/** When the newest of them was published. */
export const PRICES_DATE = Object.values(priceDates).reduce<string>(
  (newest, date) => (date !== null && date > newest ? date : newest),
  '',
)

/** List prices of a region in dollars: the first tier, without free tiers. Null: its source tells no price for the region. */
export interface Prices {
  /** Of AWS Lambda: a million invocations. */
  millionInvocations: number
  /** Of AWS Lambda on Arm, where functions run unless a service says otherwise: a gigabyte of memory for a second. */
  gbSecond: number
  /** Of AWS Lambda: an Event Poller Unit for an hour, for Kafka. */
  pollerUnitHour: number | null
  /** Of Amazon S3: a thousand PUT or LIST requests. Deleting is free. */
  thousandPuts: number
  /** Of Amazon S3: a thousand GET or HEAD requests. */
  thousandGets: number
  /** Of Amazon S3 Standard: a gigabyte for a month. */
  gbMonthStored: number
  /** Of Amazon CloudWatch: a gigabyte of logs taken in. */
  gbLogged: number
  /** Of Amazon CloudWatch: a custom metric for a month. */
  metricMonth: number
  /** Of Amazon CloudWatch: an alarm for a month. */
  alarmMonth: number
  /** Of Amazon EC2: a gigabyte from one region to another. */
  gbBetweenRegions: number
  /** Of Amazon MSK Connect: an MCU (a virtual CPU and 4 GiB) for an hour. */
  connectUnitHour: number | null
  /** Of Amazon Data Firehose: a gigabyte that is read from MSK, or delivered if that is more. */
  firehoseGb: number | null
}

/**
 * Sources. All were read in copies of AWS's lists and pages, since AWS's pages fill their tables by a script.
 *
 * - AWS Lambda: price list AWSLambda of 2026-09-19, and for Arm in Europe the table of prices of aws-lambda-power-tuning, which
 *   lists the regions that differ from us-east-1. The poller unit: the same list, and "Cost optimization example" of the AWS Lambda
 *   Developer Guide ("Apache Kafka event poller scaling modes in Lambda"). Both tell it for us-east-1 only.
 * - Amazon S3: price list AmazonS3 of 2026-08-07.
 * - Amazon CloudWatch: price list AmazonCloudWatch of 2026-08-06.
 * - Amazon MSK Connect: the example of the page Amazon MSK pricing, for us-east-1 only.
 * - Amazon Data Firehose: the page Amazon Data Firehose pricing, "MSK as a source", in a bill of July 2026, for us-east-1 only. That
 *   the larger of the bytes read and delivered is billed, unrounded, is on the page itself.
 * - Between regions: Amazon EC2 pricing, "Data transfer", for us-east-1; it is used for each region.
 */
export const regionPrices = {
  'us-east-1': {
    millionInvocations: 0.2,
    gbSecond: 0.0000133334,
    pollerUnitHour: 0.185,
    thousandPuts: 0.005,
    thousandGets: 0.0004,
    gbMonthStored: 0.023,
    gbLogged: 0.5,
    metricMonth: 0.3,
    alarmMonth: 0.1,
    gbBetweenRegions: 0.02,
    connectUnitHour: 0.11,
    firehoseGb: 0.055,
  },
  'eu-west-1': {
    millionInvocations: 0.2,
    gbSecond: 0.0000133334,
    pollerUnitHour: null,
    thousandPuts: 0.005,
    thousandGets: 0.0004,
    gbMonthStored: 0.023,
    gbLogged: 0.57,
    metricMonth: 0.3,
    alarmMonth: 0.1,
    gbBetweenRegions: 0.02,
    connectUnitHour: null,
    firehoseGb: null,
  },
  'eu-central-1': {
    millionInvocations: 0.2,
    gbSecond: 0.0000133334,
    pollerUnitHour: null,
    thousandPuts: 0.0054,
    thousandGets: 0.00043,
    gbMonthStored: 0.0245,
    gbLogged: 0.63,
    metricMonth: 0.3,
    alarmMonth: 0.1,
    gbBetweenRegions: 0.02,
    connectUnitHour: null,
    firehoseGb: null,
  },
} satisfies Record<string, Prices>

/** A region with known prices. */
export type PricedRegion = keyof typeof regionPrices

export const pricedRegions = Object.keys(regionPrices) as PricedRegion[]

/** The region whose prices are used where a region has none here. */
export const DEFAULT_REGION = 'us-east-1' satisfies PricedRegion

export const isPriced = (region: string): region is PricedRegion => region in regionPrices

/** What requests of a store cost, in dollars. */
export function requestsDollars(
  { put, list, get }: Requests,
  { thousandPuts, thousandGets }: Pick<Prices, 'thousandPuts' | 'thousandGets'> = regionPrices[DEFAULT_REGION],
): number {
  return ((put + list) * thousandPuts + get * thousandGets) / 1000
}
