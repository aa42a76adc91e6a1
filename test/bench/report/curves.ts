import { pictureHead, tenth } from './picture.ts'

/** Points that belong together, joined by a line in their order. */
export interface Curve {
  name: string
  colour: string
  /** Where the names of its points are. */
  names: 'above' | 'below'
  points: readonly { name: string; x: number; y: number }[]
}

const [WIDTH, HEIGHT] = [660, 380]
const AREA = { left: 60, right: 590, top: 44, bottom: 320 }
/** Of a decade of the logarithmic axis. */
const X_TICKS = [1, 2, 5]
const Y_TICKS = 6

/**
 * Curves over a logarithmic axis, each point with its name, as an SVG that follows the reader's light or dark scheme. Neither axis
 * begins at 0.
 */
export function curvesPicture(title: string, axes: { x: string; y: string }, curves: readonly Curve[]): string {
  const points = curves.flatMap(({ points }) => points)
  const xTicks = ticksAround(points.map(({ x }) => x))
  const yTicks = evenTicks(points.map(({ y }) => y))
  const [xOf, yOf] = [scale(xTicks, Math.log, AREA.left, AREA.right), scale(yTicks, y => y, AREA.bottom, AREA.top)]
  return [
    ...pictureHead(title, WIDTH, HEIGHT),
    `<text x="${AREA.left}" y="20" font-weight="bold">${title}</text>`,
    ...xTicks.flatMap(x => [
      `<path class="grid" d="M${xOf(x)} ${AREA.top}V${AREA.bottom}"/>`,
      `<text x="${xOf(x)}" y="${AREA.bottom + 18}" text-anchor="middle">${x}</text>`,
    ]),
    ...yTicks.flatMap(y => [
      `<path class="grid" d="M${AREA.left} ${yOf(y)}H${AREA.right}"/>`,
      `<text x="${AREA.left - 6}" y="${yOf(y) + 4}" text-anchor="end">${y}</text>`,
    ]),
    `<text x="${(AREA.left + AREA.right) / 2}" y="${AREA.bottom + 40}" text-anchor="middle">${axes.x}</text>`,
    `<text transform="translate(16 ${(AREA.top + AREA.bottom) / 2}) rotate(-90)" text-anchor="middle">${axes.y}</text>`,
    ...curves.flatMap(curve => drawnCurve(curve, xOf, yOf)),
    '</svg>',
    '',
  ].join('\n')
}

type Scale = (value: number) => number

function scale(ticks: number[], form: (value: number) => number, low: number, high: number): Scale {
  const [from, to] = [form(ticks[0] as number), form(ticks.at(-1) as number)]
  return value => tenth(low + ((form(value) - from) / (to - from)) * (high - low))
}

function drawnCurve({ name, colour, names, points }: Curve, xOf: Scale, yOf: Scale): string[] {
  const path = points.map(({ x, y }) => `${xOf(x)} ${yOf(y)}`).join('L')
  const [last] = points.slice(-1)
  const shift = names === 'above' ? -7 : 15
  return [
    `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.flatMap(({ name, x, y }) => [
      `<circle cx="${xOf(x)}" cy="${yOf(y)}" r="3" fill="${colour}"/>`,
      `<text x="${xOf(x)}" y="${yOf(y) + shift}" text-anchor="middle" font-size="10">${name}</text>`,
    ]),
    ...(last ? [`<text x="${xOf(last.x) + 10}" y="${yOf(last.y) + shift}" font-weight="bold">${name}</text>`] : []),
  ]
}

/** Ticks of a logarithmic axis, from the last at or below all values to the first at or above them. */
function ticksAround(values: number[]): number[] {
  const decades = [-2, -1, 0, 1, 2, 3, 4, 5]
  const all = decades.flatMap(decade => X_TICKS.map(tick => Number((tick * 10 ** decade).toPrecision(1))))
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const first = all.findLastIndex(tick => tick <= least)
  return all.slice(first, all.findIndex(tick => tick >= most) + 1)
}

/** Whole numbers at equal distances, around all values. */
function evenTicks(values: number[]): number[] {
  const [least, most] = [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))]
  const step = Math.ceil((most - least) / Y_TICKS)
  const first = Math.floor(least / step) * step
  return Array.from({ length: Math.ceil((most - first) / step) + 1 }, (_, index) => first + index * step)
}
