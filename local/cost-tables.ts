import { costDocumentOf } from '../lib/connectors/commands/cost.ts'
import { bigText, dollarsText } from '../lib/connectors/commands/cost-text.ts'
import { defaultDump } from '../lib/connectors/commands/cost-work.ts'
import type { Workload } from '../lib/cost/estimate.ts'
import { HOURS_OF_MONTH, priceDates, pricedRegions, regionPrices } from '../lib/cost/prices.ts'

const MB = 1e6
const RATES = [1, 20, 100] as const

/** A rate at which the size of batches matters, and one at which their window does, in MB/s. */
const BATCHED_RATES = [20, 0.1]

const REGION = 'us-east-1'

/** A dump with the defaults of `cost --mb-per-second`. */
export function dumpOf(mbPerSecond: number): Workload {
  return {
    ...defaultDump(),
    ...{ bytesPerSecond: mbPerSecond * MB, recordBytes: 400, rotates: false },
    partitions: Math.max(12, Math.ceil(mbPerSecond)),
    ...{ batchSize: 10_000, windowSeconds: 60, memoryMb: 1024 },
  }
}

const documents = () => RATES.map(rate => costDocumentOf(dumpOf(rate), REGION))

/** What a dump costs at some rates, by part and by way. */
export function costTable(): string {
  const told = documents()
  const { format, compression } = defaultDump()
  const row = (what: string, cell: (document: (typeof told)[number]) => string) => line([what, ...told.map(cell)])
  const way = (name: string) => (document: (typeof told)[number]) => {
    const found = document.ways.find(({ way }) => way === name)
    return `${dollarsText(found?.dollarsPerMonth ?? null)} (${dollarsText(found?.dollarsPerTb ?? null)})`
  }
  return [
    `Prices of ${REGION}; ${format} with ${compression}, records of 400 B, batches of at most 10,000 records in 60 s:`,
    '',
    line(['a month', ...RATES.map(rate => `${rate} MB/s`)]),
    line(['---', ...RATES.map(() => '---')]),
    row('TB', ({ usage }) => bigText(usage.tb)),
    row('partitions', ({ load }) => bigText(load.partitions)),
    row('invocations', ({ usage }) => bigText(usage.invocations)),
    row('GB-seconds', ({ usage }) => bigText(usage.gbSeconds)),
    row('PUT', ({ usage }) => bigText(usage.puts)),
    row('Lambda, requests, $', ({ parts }) => dollarsText(parts.invocations)),
    row('Lambda, time, $', ({ parts }) => dollarsText(parts.compute)),
    row('store, requests, $', ({ parts }) => dollarsText(parts.requests)),
    row('**on demand**, $ a month (a TB)', way('on demand')),
    row('poller units', ({ ways }) => bigText(ways.find(({ way }) => way === 'provisioned')?.pollerUnits ?? 0)),
    row('**provisioned**, $ a month (a TB)', way('provisioned')),
    row('**Data Firehose**, $ a month (a TB)', way('Data Firehose')),
    row('MCUs, estimated', ({ ways }) => bigText(ways.find(({ way }) => way === 'MSK Connect')?.connectUnits ?? 0)),
    row('**MSK Connect**, estimated, $ a month (a TB)', way('MSK Connect')),
    row('cheapest', ({ cheapest }) => cheapest ?? 'not known'),
    row('storage of what a month adds, $ a month', ({ storageDollars }) => dollarsText(storageDollars)),
  ].join('\n')
}

/** What batches of another size or window do to a busy connector, and to a quiet one. */
export function costBatchesTable(): string {
  return BATCHED_RATES.map(batchesAt).join('\n\n')
}

function batchesAt(rate: number): string {
  const { batches, load } = costDocumentOf(dumpOf(rate), REGION)
  const rows = batches.map(({ batchSize, windowSeconds, rotates, invocations, requests, objects, dollarsPerMonth }) =>
    line([
      `${bigText(batchSize)} in ${windowSeconds} s${rotates ? ', compacted each hour' : ''}`,
      ...[bigText(invocations), bigText(requests), bigText(objects), dollarsText(dollarsPerMonth)],
    ]),
  )
  return [
    `At ${rate} MB/s in ${load.partitions} partitions, a month, on demand:`,
    '',
    line(['batch of at most', 'invocations', 'requests to the store', 'objects', '$']),
    line(['---', '---', '---', '---', '---']),
    ...rows,
    '',
    compactionSentence(batches),
  ].join('\n')
}

/** What compaction adds to the same batches, and what it leaves of their objects. */
function compactionSentence(batches: ReturnType<typeof costDocumentOf>['batches']): string {
  const rotated = batches.find(({ rotates }) => rotates)
  const plain = batches.find(
    ({ rotates, ...batch }) =>
      !rotates && batch.batchSize === rotated?.batchSize && batch.windowSeconds === rotated.windowSeconds,
  )
  const [from, to] = [plain?.dollarsPerMonth ?? 0, rotated?.dollarsPerMonth ?? 0]
  const joined = (plain?.objects ?? 0) / (rotated?.objects ?? 1)
  return `Compaction adds $${dollarsText(to - from)}, ${Math.round((to / from - 1) * 100)} %, and makes one object of ${bigText(joined)}.`
}

/** The prices that are used. */
export function pricesTable(): string {
  const of = (name: keyof (typeof regionPrices)[typeof REGION]) =>
    pricedRegions.map(region => regionPrices[region][name]?.toString() ?? 'not known')
  const published = Object.entries(priceDates)
    .map(([service, date]) => `${service} ${date ?? 'without a date'}`)
    .join(', ')
  return [
    line(['$', ...pricedRegions]),
    line(['---', ...pricedRegions.map(() => '---')]),
    line(['Lambda, a million requests', ...of('millionInvocations')]),
    line(['Lambda on Arm, a GB-second', ...of('gbSecond').map(text => Number(text).toFixed(10))]),
    line(['Lambda, an Event Poller Unit for an hour', ...of('pollerUnitHour')]),
    line(['S3, a thousand PUT or LIST', ...of('thousandPuts')]),
    line(['S3, a thousand GET', ...of('thousandGets')]),
    line(['S3 Standard, a GB for a month', ...of('gbMonthStored')]),
    line(['MSK Connect, an MCU for an hour', ...of('connectUnitHour')]),
    line(['Data Firehose, a GB from MSK', ...of('firehoseGb')]),
    '',
    `Published: ${published}. A month has ${HOURS_OF_MONTH} hours.`,
  ].join('\n')
}

const line = (cells: string[]) => `| ${cells.join(' | ')} |`
