import type * as z from 'zod'
import { numberText } from './count-text.ts'
import type { costDocument } from './documents/cost.ts'
import { renderTable } from './table.ts'

type CostDocument = z.infer<typeof costDocument>

/** What a connector costs, for people. */
export function costText(document: CostDocument): string {
  return [
    headText(document),
    partsText(document),
    waysText(document),
    batchesText(document),
    document.notes.join('\n'),
  ].join('\n\n')
}

function headText({ connector, region, pricesDate, load, usage }: CostDocument): string {
  const { kind, isMeasured, mbPerSecond, recordBytes, partitions, batchSize, windowSeconds, rotates } = load
  const form = load.format === null ? '' : `, ${load.format} with ${load.compression} compression`
  const rate = `${roundText(mbPerSecond)} MB/s${isMeasured ? ', as measured in the last five minutes' : ''}`
  const closed = {
    size: 'its size',
    window: 'its window',
    event: 'the 6 MB of an invocation',
  }[usage.batchClosedBy]
  return [
    `${connector ?? `a ${kind}`}${form}, in ${region}: ${rate}, records of ${roundText(recordBytes)} B, ${numberText(partitions)} partitions`,
    `A month is ${roundText(usage.tb)} TB. A batch has ${roundText(usage.recordsPerBatch)} records: of at most ` +
      `${numberText(batchSize)} in ${windowSeconds} s, ${closed} closes it.${rotates ? ' Batches are compacted each hour.' : ''}`,
    `Prices of ${pricesDate}.`,
  ].join('\n')
}

function partsText({ load, usage, parts, storageDollars }: CostDocument): string {
  const requests = ['Store, requests', requestsText(usage)]
  const compaction = ['  of them compaction', requestsText(usage.compaction), dollarsText(parts.compaction)]
  const stored = ['Store, storage', `${bigText(usage.storedGb)} GB added, for each month that they are kept`]
  const rows = [
    ['Lambda, requests', bigText(usage.invocations), dollarsText(parts.invocations)],
    ['Lambda, time', `${bigText(usage.gbSeconds)} GB-seconds`, dollarsText(parts.compute)],
    ...(load.kind === 'dump'
      ? [
          [...requests, dollarsText(parts.requests)],
          ...(load.rotates ? [compaction] : []),
          [...stored, dollarsText(storageDollars)],
        ]
      : []),
  ]
  return renderTable(rows, { head: ['part', 'of a month', '$ a month'], right: [2] })
}

const requestsText = ({ puts, lists, gets }: { puts: number; lists: number; gets: number }) =>
  `${bigText(puts + lists)} PUT and LIST, ${bigText(gets)} GET`

function waysText({ ways, cheapest, connectUnitDollars }: CostDocument): string {
  const isPartial = ways.some(({ dollarsPerMonth }) => dollarsPerMonth === null)
  const rows = ways.map(({ way, dollarsPerMonth, dollarsPerTb, pollerUnits }) => [
    pollerUnits > 0 ? `${way}, ${numberText(pollerUnits)} poller ${pollerUnits === 1 ? 'unit' : 'units'}` : way,
    dollarsText(dollarsPerMonth),
    dollarsText(dollarsPerTb),
  ])
  const own = ways.find(({ way }) => way === 'on demand')?.dollarsPerMonth ?? 0
  const connect =
    connectUnitDollars === null
      ? []
      : [
          `MSK Connect costs ${dollarsText(connectUnitDollars)} a month for each MCU: on demand is as much as ${roundText(own / connectUnitDollars)}.`,
        ]
  return [
    renderTable(rows, { head: ['way, storage aside', '$ a month', '$ a TB'], right: [1, 2] }),
    `Cheapest${isPartial ? ' of those with a known price' : ''}: ${cheapest}.`,
    ...connect,
  ].join('\n')
}

function batchesText({ batches }: CostDocument): string {
  const rows = batches.map(({ batchSize, windowSeconds, rotates, invocations, requests, objects, dollarsPerMonth }) => [
    `${numberText(batchSize)} in ${windowSeconds} s${rotates ? ', compacted each hour' : ''}`,
    ...[bigText(invocations), bigText(requests), bigText(objects)],
    dollarsText(dollarsPerMonth),
  ])
  const head = ['batch of at most', 'invocations', 'requests to the store', 'objects', '$ a month, on demand']
  return renderTable(rows, { head, right: [1, 2, 3, 4] })
}

/** Dollars of a month, such as `1,234` or `0.12`. */
export function dollarsText(dollars: number | null): string {
  if (dollars === null) return 'not known'
  return dollars.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}

const roundText = (number: number) => number.toLocaleString('en', { maximumSignificantDigits: 3 })

/** A number of three digits, such as `12.3 million`. */
export function bigText(count: number): string {
  return count >= 1e6 ? `${roundText(count / 1e6)} million` : roundText(count)
}
