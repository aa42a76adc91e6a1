import { pictureHead, tenth, ticksUpTo } from './bars.ts'

/** Points that belong together, joined by a line in their order. */
export interface Curve {
  name: string
  colour: string
  points: readonly { name: string; x: number; y: number }[]
}

const [WIDTH, HEIGHT] = [660, 380]
const AREA = { left: 60, right: 570, top: 40, bottom: 320 }

/** Curves over axes from 0, each point with its name, as an SVG that follows the reader's light or dark scheme. */
export function curvesPicture(title: string, axes: { x: string; y: string }, curves: readonly Curve[]): string {
  const points = curves.flatMap(({ points }) => points)
  const most = { x: Math.max(...points.map(({ x }) => x)), y: Math.max(...points.map(({ y }) => y)) }
  const xOf = (x: number) => tenth(AREA.left + (x / most.x) * (AREA.right - AREA.left))
  const yOf = (y: number) => tenth(AREA.bottom - (y / most.y) * (AREA.bottom - AREA.top))
  return [
    ...pictureHead(title, WIDTH, HEIGHT),
    `<text x="${AREA.left}" y="20" font-weight="bold">${title}</text>`,
    ...ticksUpTo(most.x).flatMap(x => [
      `<path class="grid" d="M${xOf(x)} ${AREA.top}V${AREA.bottom}"/>`,
      `<text x="${xOf(x)}" y="${AREA.bottom + 18}" text-anchor="middle">${x}</text>`,
    ]),
    ...ticksUpTo(most.y).flatMap(y => [
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

function drawnCurve({ name, colour, points }: Curve, xOf: (x: number) => number, yOf: (y: number) => number): string[] {
  const path = points.map(({ x, y }) => `${xOf(x)} ${yOf(y)}`).join('L')
  const [last] = points.slice(-1)
  return [
    `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.flatMap(({ name, x, y }) => [
      `<circle cx="${xOf(x)}" cy="${yOf(y)}" r="3" fill="${colour}"/>`,
      `<text x="${xOf(x)}" y="${yOf(y) - 7}" text-anchor="middle" font-size="10">${name}</text>`,
    ]),
    ...(last ? [`<text x="${xOf(last.x) + 10}" y="${yOf(last.y) + 4}">${name}</text>`] : []),
  ]
}
