import { readFileSync } from 'node:fs'

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

/** Whether the prose of a page has the words, over whatever lines. A page is too long for a message. */
function expectSaid(name: string, words: string): void {
  const isSaid = page(name).replaceAll(/\s+/g, ' ').includes(words)
  expect({ name, said: isSaid ? words : 'something else' }).toEqual({ name, said: words })
}

/** The numbers of the rows that begin so below a heading, the rows' names aside; what isn't a number is NaN. */
function rowsOf(name: string, heading: string, start: RegExp): number[][] {
  const [, section = ''] = page(name).split(`\n${heading}\n`)
  const rows = section
    .split(/\n#+ /)[0]
    ?.split('\n')
    .filter(line => start.test(line))
  return (rows ?? []).map(line => line.replace(start, '').split('|').map(numberOf))
}

const numberOf = (cell: string) => Number.parseFloat(cell.replaceAll(',', ''))
const column = (rows: number[][], index: number) => rows.map(row => row[index] ?? Number.NaN)
const percent = (part = 0, whole = 1) => Math.round((part / whole) * 100)

/** By format and compression: CPU s, floor, ratio, at most, wall s, peak MB, first event, output MB. Below are the floor's steps. */
const functionRows = rowsOf('benchmarks.md', '## The function `dump`', /^\| \w+ (?:none|gzip|zstd) \|/).slice(0, 15)
const parquetRow = (compression: string) =>
  rowsOf('benchmarks.md', '## The function `dump`', new RegExp(`^\\| parquet ${compression} \\|`))[0] ?? []
const levelRow = (level: string) =>
  rowsOf('benchmarks.md', '## Levels of compression', new RegExp(`^\\| ${level} \\|`))[0] ?? []

test('what an event takes is what the table of the function says', () => {
  const growths = column(functionRows, 6)
  const [least, most] = [Math.min(...growths), Math.max(...growths)]
  expectSaid('speed.md', `by ${least.toFixed(1)} to ${most.toFixed(1)} times its size`)
  expectSaid('questions.md', `[${most.toFixed(1)} times the size of its event]`)
  expectSaid('questions.md', `which is ${Math.round(most * 6)} MB for the largest event of 6 MB`)
})

test('the peaks of memory are those of the linked tables', () => {
  const peaks = column(rowsOf('speed.md', '## From a topic to the store', /^\| `dump`, \w+, \w+ \|/), 3)
  const wide = column(rowsOf('speed.md', '### Wide events', /^\| `dump`[^|]*\|/), 3)
  expectSaid('questions.md', `the process has ${Math.max(...column(functionRows, 5))} MB at most`)
  expectSaid('questions.md', `it peaks at ${Math.min(...peaks)} to ${Math.max(...peaks)} MB`)
  expectSaid('questions.md', `at ${Math.max(...wide)} MB. So 512 MB`)
})

test('what compression takes is what the tables of benchmarks.md say', () => {
  const [gzip5, gzip6, zstd3] = [levelRow('gzip 5'), levelRow('gzip 6'), levelRow('zstd 3')]
  expectSaid('formats.md', `${percent(gzip5[1], gzip6[1]) - 100} % larger than at zlib's own level 6`)
  expectSaid('formats.md', `take ${percent(gzip5[0], gzip6[0])} % of the time`)
  expectSaid('formats.md', `which takes ${percent(zstd3[0], gzip5[0])} % of what \`gzip\` does`)
  const [gzip, zstd] = [parquetRow('gzip'), parquetRow('zstd')]
  expectSaid('formats.md', `takes ${percent(zstd[0], gzip[0])} % of the CPU time`)
  expectSaid('formats.md', `objects that are ${percent(zstd[7], gzip[7]) - 100} % larger`)
})

test('the sink’s CPU time is what the table of peers says', () => {
  const [[cpu = 0, start = 0] = []] = rowsOf(
    'benchmarks.md',
    "## Beside other people's programs",
    /^\| Iceberg, \w+ zstd \|/,
  )
  expectSaid('cost.md', `(${(cpu - start).toFixed(1)} s for 113 MB)`)
})
