import { type MonthlyUsage, monthlyUsage, processingCost, sumOf, type Workload } from './estimate.ts'
import { type Mappings, pollerDollars, pollerUnits } from './poller-units.ts'
import { BILLED_GB, HOURS_OF_MONTH, type Prices } from './prices.ts'

/** A way to have the same done. */
export type Way = 'on demand' | 'provisioned' | 'Data Firehose'

export interface WayCost {
  way: Way
  /** Of a month, storage aside; null where a price is not known. */
  dollars: number | null
  /** Billed units of pollers. */
  pollerUnits: number
}

const TB = 1e12

/**
 * What the same costs in each way, storage aside: it is the same in all of them. Firehose can only write objects. Its requests to the store are
 * few, and left out.
 *
 * @param mappings in provisioned mode; one if left out
 */
export function waysOf(workload: Workload, usage: MonthlyUsage, prices: Prices, mappings?: Mappings): WayCost[] {
  const own = sumOf(processingCost(usage, prices))
  const units = pollerUnits(workload.bytesPerSecond, mappings)
  const pollers = pollerDollars(units, prices)
  const { firehoseGb } = prices
  const firehose: WayCost = {
    way: 'Data Firehose',
    dollars: firehoseGb === null ? null : ((usage.tb * TB) / BILLED_GB) * firehoseGb,
    pollerUnits: 0,
  }
  return [
    { way: 'on demand', dollars: own, pollerUnits: 0 },
    { way: 'provisioned', dollars: pollers === null ? null : own + pollers, pollerUnits: units },
    ...(workload.kind === 'dump' ? [firehose] : []),
  ]
}

/** The way that costs least, of those whose prices are known. */
export function cheapestOf(ways: WayCost[]): Way {
  const known = ways.flatMap(({ way, dollars }) => (dollars === null ? [] : [{ way, dollars }]))
  return known.reduce((least, one) => (one.dollars < least.dollars ? one : least), known[0] as (typeof known)[0]).way
}

/** What an MCU of MSK Connect costs a month. How much one carries is not documented. */
export function connectUnitDollars({ connectUnitHour }: Prices): number | null {
  return connectUnitHour === null ? null : connectUnitHour * HOURS_OF_MONTH
}

/** The same workload in batches of another size. */
export interface Alternative {
  batchSize: number
  windowSeconds: number
  rotates: boolean
  usage: MonthlyUsage
  /** On demand, storage aside. */
  dollars: number
}

const batches = [
  { batchSize: 100, windowSeconds: 1 },
  { batchSize: 1_000, windowSeconds: 1 },
  { batchSize: 1_000, windowSeconds: 60 },
  { batchSize: 10_000, windowSeconds: 10 },
  { batchSize: 10_000, windowSeconds: 60 },
  { batchSize: 10_000, windowSeconds: 300 },
]

/** What the batch's size and window do to requests and objects; of a dump also with rotation. */
export function alternativesOf(workload: Workload, prices: Prices): Alternative[] {
  const rotated = { batchSize: 10_000, windowSeconds: 60, rotates: true }
  const asked = batches.map(batch => ({ ...batch, rotates: false }))
  return [...asked, ...(workload.kind === 'dump' ? [rotated] : [])].map(batch => {
    const usage = monthlyUsage({ ...workload, ...batch })
    return { ...batch, usage, dollars: sumOf(processingCost(usage, prices)) }
  })
}
