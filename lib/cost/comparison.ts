import { connectUnitDollars, connectUnits } from './connect-units.ts'
import { type MonthlyUsage, monthlyUsage, processingCost, sumOf, type Workload } from './estimate.ts'
import { type Mappings, pollerDollars, pollerUnits } from './poller-units.ts'
import { BILLED_GB, type Prices } from './prices.ts'

/** The ways to have the same done. */
export const wayNames = ['on demand', 'provisioned', 'Data Firehose', 'MSK Connect'] as const
export type Way = (typeof wayNames)[number]

export interface WayCost {
  way: Way
  /** Of a month, storage aside; null where a price is not known. */
  dollars: number | null
  /** Billed units of pollers. */
  pollerUnits: number
  /** MCUs of MSK Connect, an estimate. */
  connectUnits: number
}

const TB = 1e12

/**
 * What the same costs in each way, storage aside: it is the same in all of them. Of a replication only the modes of its own mappings are
 * compared: Firehose can only write objects, and the sink that the MCUs are reckoned with is one. The requests of both to the store are
 * few, and left out.
 *
 * @param mappings in provisioned mode; one if left out
 */
export function waysOf(workload: Workload, usage: MonthlyUsage, prices: Prices, mappings?: Mappings): WayCost[] {
  const own = sumOf(processingCost(usage, prices))
  const units = pollerUnits(workload.bytesPerSecond, mappings)
  const pollers = pollerDollars(units, prices)
  const none = { pollerUnits: 0, connectUnits: 0 }
  return [
    { ...none, way: 'on demand', dollars: own },
    { ...none, way: 'provisioned', dollars: pollers === null ? null : own + pollers, pollerUnits: units },
    ...(workload.kind === 'dump' ? [firehose(usage, prices), connect(workload, prices)] : []),
  ]
}

function firehose({ tb }: MonthlyUsage, { firehoseGb }: Prices): WayCost {
  const dollars = firehoseGb === null ? null : ((tb * TB) / BILLED_GB) * firehoseGb
  return { way: 'Data Firehose', dollars, pollerUnits: 0, connectUnits: 0 }
}

function connect({ bytesPerSecond }: Workload, prices: Prices): WayCost {
  const units = connectUnits(bytesPerSecond)
  const each = connectUnitDollars(prices)
  return { way: 'MSK Connect', dollars: each === null ? null : each * units, pollerUnits: 0, connectUnits: units }
}

/** The way that costs least, of those whose prices are known; undefined where it would be the only one. */
export function cheapestOf(ways: WayCost[]): Way | undefined {
  const known = ways.flatMap(({ way, dollars }) => (dollars === null ? [] : [{ way, dollars }]))
  const [first, second] = known
  if (!first || !second) return undefined
  return known.reduce((least, one) => (one.dollars < least.dollars ? one : least), first).way
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
