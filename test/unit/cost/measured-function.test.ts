import { readFileSync } from 'node:fs'
import {
  COMPACT_CPU_SECONDS_PER_GB,
  invocationSeconds,
  measuredFunctions,
  WAIT_SECONDS,
} from '../../../lib/cost/measured-function.ts'

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

/** The numbers of a table's row, by how the row begins. */
function numbersOf(name: string, start: string): number[] {
  const row = page(name)
    .split('\n')
    .find(line => line.startsWith(start))
  return (row?.slice(start.length).split('|') ?? []).map(cell => Number(cell.replaceAll(',', '')))
}

test('the figures of functions are those of the pages that tell how they were measured', () => {
  const [cpu = 0, , , , , stored = 0] = numbersOf('speed.md', '| `dump`, jsonl, zstd |')
  expect(measuredFunctions.dump.cpuSecondsPerMb * 377).toBeCloseTo(cpu)
  expect(measuredFunctions.dump.storedRatio * 377).toBeCloseTo(stored)
  const [replicated = 0] = numbersOf('replicate.md', '| 377 B, JSON | `replicate` |')
  expect(measuredFunctions.replicate.cpuSecondsPerMb * 377).toBeCloseTo(replicated)
  const [, , compacted] = numbersOf('speed.md', '| 5,000 |')
  expect(COMPACT_CPU_SECONDS_PER_GB).toBe(compacted)
})

test('a function with half of a processor takes twice as long, and one with two takes no less than with one', () => {
  const working = (memoryMb: number) => invocationSeconds(1, memoryMb) - WAIT_SECONDS
  expect(working(1_769 / 2)).toBeCloseTo(2)
  expect(working(1_769)).toBeCloseTo(1)
  expect(working(3_538)).toBeCloseTo(1)
})
