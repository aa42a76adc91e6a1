import type { Figures, FunctionResult } from '../../bench/function/result.ts'
import type { LevelsResult } from '../../bench/levels/result.ts'
import { benchmarkPictures, benchmarkTables } from '../../bench/report/page.ts'

const figures: Figures = {
  ...{
    format: 'json',
    compression: 'zstd',
    cpu: 1.2,
    onMain: 0.8,
    seconds: 2,
    peak: 200e6,
    growth: 24e6,
    output: 8.9e6,
  },
  floor: { parse: 0.2, decode: 0.2, encode: 0.2, compress: 0.2, put: 0.2 },
  profile: {
    steps: { encoding: 0.75, rest: 0.25 },
    functions: [['encodeRecords (lib/formats/json-record.ts:45)', 0.7]],
  },
}
const run = { command: 'npm run bench:function --', node: 'v24.1.0', events: 10, eventBytes: 6e6 }

const tablesOf = (name: string, result: unknown) => benchmarkTables(asked => (asked === name ? result : undefined))

/** The cells of a table's last row. */
function lastRow(table: string | undefined): string[] {
  return table?.split('\n').at(-1)?.slice(2, -2).split(' | ') ?? []
}

test('the function is compared with the sum of the floor’s steps, and with what it may use at most', () => {
  const row = (changes: Partial<Figures>) => {
    const result: FunctionResult = { ...run, variants: [{ ...figures, ...changes }] }
    return lastRow(tablesOf('function', result).function?.())
  }
  expect(row({})).toEqual(['json zstd', '1.20', '1.00', '1.20', '1.25, met', '2.00', '200', '4.00', '8.9'])
  expect(row({ cpu: 1.26 })[4]).toBe('1.25, **missed**')
  expect(row({ cpu: 1.26, format: 'avro' })[4]).toBe('1.3, met')
  expect(row({ cpu: 5, compression: 'gzip' })[4]).toBe('')
  expect(row({ growth: 31e6 })[7]).toBe('5.17, **missed**')
})

test('a picture has a bar for each variant that was profiled, as long as its CPU time', () => {
  const variants = [figures, { ...figures, compression: 'gzip', profile: undefined } as Figures]
  const pictures = benchmarkPictures(name => (name === 'function' ? { ...run, variants } : undefined))
  const picture = pictures['docs/benchmarks/function-json.svg'] ?? ''
  expect(picture).toContain('>120 ms<')
  expect(picture).toContain('>zstd<')
  expect(picture).not.toContain('>gzip<')
})

test('the cheapest level depends on how long objects are kept', () => {
  const levels = [
    { compression: 'gzip' as const, level: 1, secondsPerGb: 5, size: 0.3 },
    { compression: 'gzip' as const, level: 9, secondsPerGb: 500, size: 0.2 },
    { compression: 'zstd' as const, level: 3, secondsPerGb: 5, size: 0.25 },
  ]
  const result: LevelsResult = {
    ...{ command: 'npm run bench:levels', node: 'v24.1.0' },
    contents: [{ name: 'JSON values', format: 'json', objectBytes: 1e6, levels }],
  }
  const rows = tablesOf('levels', result)['cheapest levels']?.().split('\n').slice(2) ?? []
  const cheapest = rows.map(row => row.slice(2, -2).split(' | ')).map(([, months, level]) => [months, level])
  expect(cheapest).toEqual([
    ['1', '1'],
    ['3', '1'],
    ['12', '9'],
    ['36', '9'],
  ])
})

test('a section without results says so', () => {
  for (const table of Object.values(benchmarkTables(() => undefined))) expect(table()).toBe('No run yet.')
  expect(benchmarkPictures(() => undefined)).toEqual({})
})
