import { type FormatName, formatNames } from '../../../lib/formats/index.ts'
import { code, count, markdownTable } from '../../support/markdown.ts'
import { floorSteps } from '../function/floor-steps.ts'
import { stepNames } from '../function/profile-step.ts'
import {
  type Figures,
  type FunctionResult,
  MOST_TIMES_THE_EVENT,
  mostRatio,
  ratioOf,
  timesTheEvent,
} from '../function/result.ts'
import { variantName } from '../function/variant.ts'
import { barsPicture } from './bars.ts'
import type { Section } from './section.ts'
import { hundredths } from './spread-text.ts'

const MB = 1e6

/** What the function `dump` uses for large events, beside the floor, and where its time goes. */
export const functionSection: Section<FunctionResult> = {
  results: 'function',
  tables: {
    function: functionTable,
    'floor of the function': floorTable,
    'profiles of the function': profilesTable,
    'hot functions': hotTable,
  },
  pictures: Object.fromEntries(
    formatNames.map(format => [pictureName(format), (result: FunctionResult) => profilePicture(format, result)]),
  ),
}

function functionTable(result: FunctionResult): string {
  const head = [
    '',
    'CPU s',
    'floor, CPU s',
    'ratio',
    'at most',
    'wall s',
    'peak MB',
    'first event, × its size',
    'output MB',
  ]
  const rows = result.variants.map(figures => {
    const ratio = ratioOf(figures)
    return [
      variantName(figures),
      hundredths(figures.cpu),
      hundredths(figures.cpu / ratio),
      hundredths(ratio),
      targetText(figures, ratio),
      hundredths(figures.seconds),
      count(Math.round(figures.peak / MB)),
      memoryText(timesTheEvent(figures, result)),
      count(Math.round(figures.output / 1e5) / 10),
    ]
  })
  const events = `${count(result.events)} events of ${hundredths(result.eventBytes / MB)} MB`
  return [`${code(result.command)}, ${events}, Node.js ${result.node.slice(1)}:`, '', markdownTable(head, rows)].join(
    '\n',
  )
}

function targetText(figures: Figures, ratio: number): string {
  const most = mostRatio(figures)
  return most === undefined ? '' : `${most}, ${ratio <= most ? 'met' : '**missed**'}`
}

function memoryText(times: number): string {
  return `${hundredths(times)}${times <= MOST_TIMES_THE_EVENT ? '' : ', **missed**'}`
}

function floorTable({ variants }: FunctionResult): string {
  const names = { parse: 'JSON.parse', decode: 'base64', encode: 'encode', compress: 'compress', put: 'put' }
  const rows = variants.map(figures => [
    variantName(figures),
    ...floorSteps.map(step => (figures.floor[step] === undefined ? '–' : hundredths(figures.floor[step]))),
  ])
  return markdownTable(['CPU s', ...floorSteps.map(step => names[step])], rows)
}

function profilesTable(result: FunctionResult): string {
  const formats = formatNames.filter(format => profiledOf(format, result).length > 0)
  if (formats.length === 0) return 'No profile yet.'
  return formats.map(format => `![Where the time of ${format} goes](benchmarks/${pictureName(format)})`).join('\n\n')
}

/** The functions that take most of each variant with zstd. */
function hotTable({ variants }: FunctionResult): string {
  const profiled = variants.filter(({ compression, profile }) => compression === 'zstd' && profile)
  if (profiled.length === 0) return 'No profile yet.'
  const rows = profiled.flatMap(figures =>
    (figures.profile?.functions ?? [])
      .slice(0, 5)
      .map(([name, share], index) => [index === 0 ? variantName(figures) : '', code(name), `${percent(share)} %`]),
  )
  return markdownTable(['', 'function', 'of the main thread'], rows)
}

function pictureName(format: FormatName): string {
  return `function-${format}.svg`
}

function profiledOf(format: FormatName, { variants }: FunctionResult): Figures[] {
  return variants.filter(figures => figures.format === format && figures.profile)
}

const OTHER_THREADS = 'other threads'

/** Milliseconds of CPU time for an event: the steps of the main thread, and what other threads do. */
function profilePicture(format: FormatName, result: FunctionResult): string | undefined {
  const perEvent = 1000 / result.events
  const bars = profiledOf(format, result).map(({ compression, cpu, onMain, profile }) => ({
    name: compression,
    note: `${Math.round(cpu * perEvent)} ms`,
    parts: [
      ...stepNames.map(name => ({ name, value: (profile?.steps[name] ?? 0) * onMain * perEvent })),
      { name: OTHER_THREADS, value: Math.max(0, cpu - onMain) * perEvent },
    ].filter(({ value }) => value > 0),
  }))
  if (bars.length === 0) return undefined
  const drawn = new Set(bars.flatMap(({ parts }) => parts.map(({ name }) => name)))
  const names = [...stepNames, OTHER_THREADS].filter(name => drawn.has(name))
  return barsPicture(`${format}: CPU time of an event`, 'ms', names, bars)
}

function percent(share: number): string {
  return (share * 100).toFixed(1)
}
