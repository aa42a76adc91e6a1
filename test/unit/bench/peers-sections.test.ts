import { growthPoint } from '../../bench/growth/result.ts'
import { peers } from '../../bench/peers/index.ts'
import type { Peer } from '../../bench/peers/peer.ts'
import { type PeersResult, peerResult, type Round } from '../../bench/peers/result.ts'
import { benchmarkTables } from '../../bench/report/page.ts'

const RECORDS = 1_000_000

function roundOf(cpu: number, seconds: number): Round {
  const measured = { cpu, seconds, peakMb: 300, objects: 233, bytes: 87.5e6, otherObjects: 4 }
  return { start: { ...measured, cpu: cpu / 10, seconds: seconds / 10 }, full: measured }
}

const run = { date: '2026-01-01', machine: '2 × processor', command: 'npm run bench:peers', faults: [] }
const result: PeersResult = {
  ...{ ...run, records: RECORDS, recordBytes: 377, partitions: 4 },
  peers: Object.entries(peers).map(([name, peer]) =>
    peerResult(name, peer as Peer, [roundOf(10, 20), roundOf(11, 25), roundOf(14, 16)], RECORDS),
  ),
}

function tableOf(name: string, results: string, value: unknown): string {
  return benchmarkTables(asked => (asked === results ? value : undefined))[name]?.() ?? ''
}

test('a program has a row with medians and spreads, beside those with the same form', () => {
  const table = tableOf('peers', 'peers', result)
  const parts = table.split('\n\n**').slice(1)
  expect(parts.map(part => part.split('**')[0])).toEqual(['JSON, gzip', 'JSON, zstd', 'Parquet, zstd', 'topic'])
  expect(parts[1]).toContain(
    '| dump, json zstd | 11.0 (10.0–14.0) | 1.1 | 20.0 (16.0–25.0) | 2.0 | 50,000 | 300 | 233 | 87.5 |',
  )
  expect(table).toContain('Every run of each of them has written every record exactly once.')
})

test('a run that lost records is told', () => {
  const faults = ['replicate, round 2: 3 of 1000000 records are missing']
  const table = tableOf('peers', 'peers', { ...result, faults })
  expect(table).toContain(`- ${faults[0]}`)
  expect(table).not.toContain('exactly once')
})

test('a load has a row with CPU for a million records and for a gigabyte', () => {
  const load = { records: RECORDS / 10, recordBytes: 1_000, partitions: 12, batch: 10_000 }
  const used = { events: 17, cpu: 0.8, seconds: 1, peak: 200e6, brokerRequests: 0, requests: 204 }
  const points = [growthPoint(load, [used, { ...used, cpu: 1 }, { ...used, cpu: 0.9 }])]
  const series = [{ function: 'dump' as const, quantity: 'recordBytes' as const, points, profiles: [] }]
  const table = tableOf('growth of dump', 'growth', { ...run, series })
  expect(table).toContain('| 1,000 | 100,000 | 17 | 204 | 0.90 (0.80–1.00) | 9.00 | 9.00 | 1.00 | 200 |')
  expect(tableOf('growth of replicate', 'growth', { ...run, series })).not.toContain('100,000')
})
