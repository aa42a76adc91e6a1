import { readFileSync } from 'node:fs'
import { measuredSink } from '../../../lib/cost/connect-units.ts'
import {
  COMPACT_CPU_SECONDS_PER_GB,
  endToEnd,
  functionAlone,
  invocationSeconds,
  measuredDump,
  measuredReplicate,
  WAIT_SECONDS,
} from '../../../lib/cost/measured-function.ts'
import { compressionNames } from '../../../lib/formats/compression.ts'
import { formatNames, type ObjectForm } from '../../../lib/formats/index.ts'

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

/** The numbers of a table's row, by how the row begins. */
function numbersOf(name: string, start: string): number[] {
  const row = page(name)
    .split('\n')
    .find(line => line.startsWith(start))
  return (row?.slice(start.length).split('|') ?? []).map(cell => Number(cell.replaceAll(',', '')))
}

const forms = formatNames.flatMap(format => compressionNames.map(compression => ({ format, compression })))

test.each(forms)('the figures of $format with $compression are those of the run in benchmarks.md', form => {
  const { format, compression } = form
  const [cpuSeconds, ...others] = numbersOf('benchmarks.md', `| ${format} ${compression} |`)
  expect(functionAlone[format][compression]).toEqual({ cpuSeconds, mb: others.at(-2) })
})

const measuredForms = Object.entries(endToEnd).flatMap(([format, figures]) =>
  Object.entries(figures).map(([compression, cpuSeconds]) => ({ format, compression, cpuSeconds })),
)

test.each(measuredForms)(
  '$format with $compression takes what speed.md says',
  ({ format, compression, cpuSeconds }) => {
    expect(cpuSeconds).toBe(numbersOf('speed.md', `| \`dump\`, ${format}, ${compression} |`)[0])
    const form = { format, compression } as ObjectForm
    expect(measuredDump(form).cpuSecondsPerMb * 377).toBeCloseTo(cpuSeconds)
    expect(measuredDump(form).derivedFrom).toBeUndefined()
  },
)

test('what was not measured from a topic to the store has the ratio of one run of the function alone', () => {
  const derived = measuredDump({ format: 'parquet', compression: 'zstd' })
  const [json = 0] = numbersOf('benchmarks.md', '| json zstd |')
  const [parquet = 0, , , , , , , stored = 0] = numbersOf('benchmarks.md', '| parquet zstd |')
  const [whole = 0] = numbersOf('speed.md', '| `dump`, json, zstd |')
  expect(derived.cpuSecondsPerMb * 377).toBeCloseTo((whole * parquet) / json)
  expect(derived.storedRatio * 377).toBeCloseTo(stored)
  expect(derived.derivedFrom).toEqual({ format: 'json', compression: 'zstd' })
})

test('the figures of replication and compaction are those of the pages that tell how they were measured', () => {
  const [replicated = 0] = numbersOf('replicate.md', '| 377 B, JSON | `replicate` |')
  expect(measuredReplicate.cpuSecondsPerMb * 377).toBeCloseTo(replicated)
  const [, , compacted] = numbersOf('speed.md', '| 5,000 |')
  expect(COMPACT_CPU_SECONDS_PER_GB).toBe(compacted)
})

test('the sink of MSK Connect takes what benchmarks.md says', () => {
  const [cells = []] = page('benchmarks.md')
    .split('\n')
    .filter(line => line.startsWith('| Iceberg, parquet zstd | 1'))
    .map(line => line.split('|').map(cell => Number.parseFloat(cell)))
  expect(cells.slice(2, 4)).toEqual([measuredSink.cpuSeconds, measuredSink.startCpuSeconds])
  const [, records = '', bytes = ''] = /, ([\d,]+) JSON records of about (\d+) B in/.exec(page('benchmarks.md')) ?? []
  expect(measuredSink.mb).toBeCloseTo((Number(records.replaceAll(',', '')) * Number(bytes)) / 1e6)
})

test('a function with half of a processor takes twice as long, and one with two takes no less than with one', () => {
  const working = (memoryMb: number) => invocationSeconds(1, memoryMb) - WAIT_SECONDS
  expect(working(1_769 / 2)).toBeCloseTo(2)
  expect(working(1_769)).toBeCloseTo(1)
  expect(working(3_538)).toBeCloseTo(1)
})
