import { costDocumentOf } from '../lib/connectors/commands/cost.ts'
import { dumpOf } from './cost-tables.ts'

/** The plot of docs/cost.md, from the project's folder. */
export const COST_PLOT = 'docs/cost.svg'

const SIZE = { width: 660, height: 400 }
const AREA = { left: 70, right: 490, top: 20, bottom: 350 }

/** Decades of both axes: MB/s, and dollars a month. */
const RATES = { from: -2, to: 2 }
const DOLLARS = { from: 0, to: 5 }
const STEPS_OF_DECADE = 30
const NAME_HEIGHT = 14

interface Line {
  name: string
  colour: string
  dash: string
  /** Dollars a month at a rate in MB/s. */
  at(rate: number): number | null
}

const ofWay = (way: string) => (rate: number) =>
  costDocumentOf(dumpOf(rate), 'us-east-1').ways.find(one => one.way === way)?.dollarsPerMonth ?? null

const lines: Line[] = [
  { name: 'Data Firehose', colour: '#b3261e', dash: '8 3', at: ofWay('Data Firehose') },
  { name: 'provisioned', colour: '#8a5a00', dash: '4 3', at: ofWay('provisioned') },
  { name: 'on demand', colour: '#0b5cad', dash: '', at: ofWay('on demand') },
  { name: 'MSK Connect, estimated', colour: '#5f6368', dash: '2 3', at: ofWay('MSK Connect') },
]

/** Dollars of a month over MB/s, both logarithmic, as an SVG of plain shapes and text. */
export function costPlot(): string {
  const { width, height } = SIZE
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<title>What a dump costs a month, in dollars, over MB/s</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...decades(RATES).flatMap(rateMark),
    ...decades(DOLLARS).flatMap(dollarsMark),
    `<text x="${(AREA.left + AREA.right) / 2}" y="${AREA.bottom + 38}" text-anchor="middle">MB/s</text>`,
    `<text transform="translate(16 ${(AREA.top + AREA.bottom) / 2}) rotate(-90)" text-anchor="middle">$ a month, storage aside</text>`,
    ...drawnLines(),
    '</svg>',
    '',
  ].join('\n')
}

const decades = ({ from, to }: { from: number; to: number }) =>
  Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index))

function rateMark(rate: number): string[] {
  const x = xOf(rate)
  return [
    `<path d="M${x} ${AREA.top}V${AREA.bottom}" stroke="#ddd"/>`,
    `<text x="${x}" y="${AREA.bottom + 18}" text-anchor="middle">${rate}</text>`,
  ]
}

function dollarsMark(dollars: number): string[] {
  const y = yOf(dollars)
  return [
    `<path d="M${AREA.left} ${y}H${AREA.right}" stroke="#ddd"/>`,
    `<text x="${AREA.left - 6}" y="${y + 4}" text-anchor="end">${dollars.toLocaleString('en')}</text>`,
  ]
}

/** The lines, each with its name at its end, or as far below the name above it as a line of text takes. */
function drawnLines(): string[] {
  const ending = lines
    .map(line => ({ ...line, points: pointsOf(line) }))
    .toSorted((one, other) => (one.points.at(-1)?.y ?? 0) - (other.points.at(-1)?.y ?? 0))
  let below = 0
  return ending.flatMap(({ name, colour, dash, points }) => {
    const path = points.map(({ x, y }) => `${x} ${y}`).join('L')
    const pattern = dash === '' ? '' : ` stroke-dasharray="${dash}"`
    const y = Math.max((points.at(-1)?.y ?? 0) + 4, below)
    below = y + NAME_HEIGHT
    return [
      `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"${pattern}/>`,
      `<text x="${AREA.right + 8}" y="${y}" fill="${colour}">${name}</text>`,
    ]
  })
}

function pointsOf({ at }: Line): { x: number; y: number }[] {
  const steps = Array.from({ length: (RATES.to - RATES.from) * STEPS_OF_DECADE + 1 }, (_, step) => step)
  return steps.flatMap(step => {
    const rate = 10 ** (RATES.from + step / STEPS_OF_DECADE)
    const dollars = at(rate)
    return dollars === null ? [] : [{ x: xOf(rate), y: yOf(dollars) }]
  })
}

const xOf = (rate: number) => placed(Math.log10(rate), RATES, AREA.left, AREA.right)
const yOf = (dollars: number) => placed(Math.log10(dollars), DOLLARS, AREA.bottom, AREA.top)

/** A coordinate to the tenth of a pixel. */
function placed(value: number, { from, to }: { from: number; to: number }, low: number, high: number): number {
  return Math.round((low + ((value - from) / (to - from)) * (high - low)) * 10) / 10
}
