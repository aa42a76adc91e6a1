import { hourlyRequests, type Load, type Requests } from '../lib/cost/compaction-requests.ts'
import { HOURS_OF_MONTH, requestsDollars } from '../lib/cost/prices.ts'

function monthlyDollars(requests: Requests): number {
  return requestsDollars(requests) * HOURS_OF_MONTH
}

interface Row extends Load {
  what: string
}

const BATCHES = 60
const rows: Row[] = [
  { what: '1 partition, closed each hour', partitions: 1, units: 1, closings: 1, batches: BATCHES },
  { what: '12 partitions, closed each hour', partitions: 12, units: 12, closings: 1, batches: BATCHES },
  { what: '12 partitions, closed each 5 minutes', partitions: 12, units: 12, closings: 12, batches: BATCHES },
  { what: '100 partitions, closed each hour', partitions: 100, units: 100, closings: 1, batches: BATCHES },
  { what: 'the same with `across: topic`', partitions: 100, units: 1, closings: 1, batches: BATCHES },
]

const NUMBER = new Intl.NumberFormat('en')

/** The table of docs/compact.md. */
export function compactionCostTable(): string {
  const lines = rows.map(row => {
    const { dump, compact } = hourlyRequests(row)
    const cells = [dump.put, compact.put, compact.list, compact.get, compact.delete].map(count => NUMBER.format(count))
    const dollars = [dump, compact].map(monthlyDollars).map(sum => sum.toFixed(2))
    const objects = NUMBER.format(row.units * row.closings)
    return `| ${[row.what, ...cells, ...dollars, objects].join(' | ')} |`
  })
  return [
    'Requests in an hour, of partitions that have a batch each minute (`windowSeconds: 60`), for objects below a part’s size:',
    '',
    '| | `dump`: PUT | `compact`: PUT | LIST | GET | DELETE | `dump`, $ a month | `compact`, $ a month | objects an hour |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
}
