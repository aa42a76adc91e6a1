import type * as z from 'zod'
import { numberText } from './count-text.ts'
import type { costDocument } from './documents/cost.ts'
import { renderTable } from './table.ts'

type CostDocument = z.infer<typeof costDocument>
type Way = CostDocument['ways'][number]

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

function headText({ connector, region, priceDates, load, usage }: CostDocument): string {
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
    `Prices: ${priceDates.map(({ service, date }) => `${service} ${date ?? 'without a date'}`).join(', ')}.`,
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

function waysText({ ways, cheapest }: CostDocument): string {
  const rows = ways.map(({ dollarsPerMonth, dollarsPerTb, ...way }) => [
    wayText(way),
    dollarsText(dollarsPerMonth),
    dollarsText(dollarsPerTb),
  ])
  return [
    renderTable(rows, { head: ['way, storage aside', '$ a month', '$ a TB'], right: [1, 2] }),
    cheapestText(cheapest, ways),
  ].join('\n')
}

function wayText({ way, pollerUnits, connectUnits }: Pick<Way, 'way' | 'pollerUnits' | 'connectUnits'>): string {
  if (pollerUnits > 0) return `${way}, ${numberText(pollerUnits)} poller ${pollerUnits === 1 ? 'unit' : 'units'}`
  if (connectUnits > 0) return `${way}, ${numberText(connectUnits)} ${connectUnits === 1 ? 'MCU' : 'MCUs'}, estimated`
  return way
}

function cheapestText(cheapest: CostDocument['cheapest'], ways: Way[]): string {
  const unknown = ways.filter(({ dollarsPerMonth }) => dollarsPerMonth === null).map(({ way }) => way)
  if (cheapest === null)
    return `Which way is cheapest is not known, as these have no known price here: ${unknown.join(', ')}.`
  const among = unknown.length > 0 ? ` of those with a known price (not ${unknown.join(', ')})` : ''
  return `Cheapest${among}: ${cheapest}${cheapest === 'MSK Connect' ? ', by the estimate of its MCUs' : ''}.`
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
