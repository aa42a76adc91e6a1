import { alternativesOf, cheapestOf, waysOf } from '../../cost/comparison.ts'
import { CONNECT_UTILISATION, connectUnitDollars, sinkCpuSecondsPerMb } from '../../cost/connect-units.ts'
import { monthlyUsage, processingCost, type Workload } from '../../cost/estimate.ts'
import { measuredDump } from '../../cost/measured-function.ts'
import type { Mappings } from '../../cost/poller-units.ts'
import {
  DEFAULT_REGION,
  isPriced,
  PRICES_DATE,
  type PricedRegion,
  type Prices,
  priceDates,
  pricedRegions,
  regionPrices,
  requestsDollars,
} from '../../cost/prices.ts'
import { whichInstead } from '../../which-instead.ts'
import { type CommandContext, CommandError, connectorNamed } from './command.ts'
import { costText } from './cost-text.ts'
import { askedWorkload, type WorkloadOptions } from './cost-workload.ts'
import type { CommandResult } from './documents/index.ts'

export interface CostOptions extends WorkloadOptions {
  name?: string
  region?: string
}

/** What a connector costs a month at its rate, or at a given one. Only with a name something is asked of AWS. */
export async function cost(context: CommandContext, options: CostOptions): Promise<CommandResult<'cost'>> {
  const connector = options.name === undefined ? undefined : connectorNamed(options.name, context.connectors)
  const isLocal = connector !== undefined && context.deployment.isLocal
  const { region, note } = regionOf(options.region, context)
  const { workload, isMeasured, mappings, notes } = await askedWorkload(connector, options, context)
  const document = costDocumentOf(workload, region, mappings)
  const all = {
    ...document,
    connector: connector?.name ?? null,
    load: { ...document.load, isMeasured },
    notes: [...(isLocal ? [LOCAL] : []), ...(note ? [note] : []), ...notes, ...document.notes],
  }
  return { document: all, text: () => costText(all) }
}

type CostDocument = NonNullable<CommandResult<'cost'>>['document']

const MB = 1e6

const LOCAL = 'On this machine it costs nothing: this is what the same work would cost on AWS.'

/** What the command tells about a workload that nobody has measured. */
export function costDocumentOf(workload: Workload, region: PricedRegion, mappings?: Mappings): CostDocument {
  const prices = regionPrices[region]
  const usage = monthlyUsage(workload)
  const { batching, requests, compaction } = usage
  const perTb = (dollars: number | null) => (dollars === null ? null : dollars / usage.tb)
  const ways = waysOf(workload, usage, prices, mappings)
  const { bytesPerSecond, kind, recordBytes, partitions, batchSize, windowSeconds, memoryMb, rotates } = workload
  const { format, compression } = kind === 'dump' ? workload : { format: null, compression: null }
  return {
    ...{ schema: 1, connector: null, region, pricesDate: PRICES_DATE, priceDates: usedDates(kind, prices) },
    load: {
      ...{ kind, format, compression, isMeasured: false, mbPerSecond: bytesPerSecond / MB, recordBytes, partitions },
      ...{ batchSize, windowSeconds, memoryMb, rotates },
    },
    usage: {
      ...{ tb: usage.tb, records: usage.records, recordsPerBatch: batching.records, batchClosedBy: batching.limit },
      ...{ invocations: usage.invocations, gbSeconds: usage.gbSeconds },
      ...{ puts: requests.put, lists: requests.list, gets: requests.get },
      compaction: { puts: compaction.put, lists: compaction.list, gets: compaction.get },
      ...{ objects: usage.objects, storedGb: usage.storedGb },
    },
    parts: { ...processingCost(usage, prices), compaction: requestsDollars(compaction, prices) },
    storageDollars: usage.storedGb * prices.gbMonthStored,
    ways: ways.map(({ way, dollars, ...units }) => ({
      ...{ way, dollarsPerMonth: dollars, dollarsPerTb: perTb(dollars), ...units },
    })),
    cheapest: cheapestOf(ways) ?? null,
    connectUnitDollars: connectUnitDollars(prices),
    batches: alternativesOf(workload, prices).map(({ dollars, usage, ...batch }) => ({
      ...batch,
      ...{ invocations: usage.invocations, objects: usage.objects },
      requests: usage.requests.put + usage.requests.list + usage.requests.get,
      ...{ dollarsPerMonth: dollars, dollarsPerTb: perTb(dollars) },
    })),
    notes: notesOn(workload, region),
  }
}

/** The services whose prices are known and used, and when these were published. */
function usedDates(kind: Workload['kind'], { firehoseGb, connectUnitHour }: Prices): CostDocument['priceDates'] {
  const isDump = kind === 'dump'
  const used: Partial<Record<keyof typeof priceDates, boolean>> = {
    'AWS Lambda': true,
    'Amazon S3': isDump,
    'Amazon Data Firehose': isDump && firehoseGb !== null,
    'Amazon MSK Connect': isDump && connectUnitHour !== null,
  }
  return Object.entries(priceDates).flatMap(([service, date]) =>
    used[service as keyof typeof priceDates] ? [{ service, date }] : [],
  )
}

/** The region that was asked for, or that of the service. */
function regionOf(asked: string | undefined, { deployment }: CommandContext): { region: PricedRegion; note?: string } {
  if (asked !== undefined && !isPriced(asked))
    throw new CommandError(`The prices of ${asked} are not known here; ${whichInstead(asked, pricedRegions)}.`)
  const own = asked ?? deployment.config.region
  if (own !== undefined && isPriced(own)) return { region: own }
  const note = `The prices of ${own ?? 'the service’s region'} are not known here, so those of ${DEFAULT_REGION} are used.`
  return { region: DEFAULT_REGION, note }
}

function notesOn(workload: Workload, region: PricedRegion): string[] {
  const { kind, rotates } = workload
  const { pollerUnitHour, connectUnitHour, firehoseGb } = regionPrices[region]
  const missing = [
    ...(pollerUnitHour === null ? ['Event Poller Units'] : []),
    ...(firehoseGb === null && kind === 'dump' ? ['Data Firehose'] : []),
    ...(connectUnitHour === null && kind === 'dump' ? ['MSK Connect'] : []),
  ]
  return [
    'List prices of the first tier without free tiers, for functions on Arm.',
    ...(missing.length > 0 ? [`Not known for ${region}: the price of ${missing.join(', ')}.`] : []),
    timeNote(workload),
    ...(kind === 'dump' ? [CONNECT_NOTE] : []),
    'Each batch is from one partition. Where a poller reads several, full batches make an object for each of them, and others fewer invocations.',
    ...(rotates ? ['Objects are reckoned to close each hour, or at 2 GiB, whatever the connector declares.'] : []),
    'Not in it: the cluster, network (NAT gateways, endpoints, traffic between zones), logs, metrics, alarms and KMS.',
  ]
}

const CONNECT_NOTE =
  `The MCUs of MSK Connect are an estimate of this project, not AWS’s: ${sinkCpuSecondsPerMb.toFixed(3)} CPU seconds for a MB, measured ` +
  `with the Iceberg sink on the machine of docs/benchmarks.md, at ${CONNECT_UTILISATION * 100} % of a virtual CPU each.`

/** From which measurement it is known how long a function runs. */
function timeNote(workload: Workload): string {
  const waiting = 'with 50 ms of waiting for each invocation'
  if (workload.kind === 'replicate') return `How long a function runs is reckoned from docs/replicate.md, ${waiting}.`
  const { derivedFrom } = measuredDump(workload)
  if (!derivedFrom) return `How long a function runs is reckoned from docs/speed.md, ${waiting}.`
  const { format, compression } = derivedFrom
  return (
    `How long a function runs is reckoned from that of ${format} with ${compression} in docs/speed.md, and the ratio of ` +
    `${workload.format} with ${workload.compression} to it in docs/benchmarks.md, ${waiting}.`
  )
}
