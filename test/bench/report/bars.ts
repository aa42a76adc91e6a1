import { pictureHead, tenth } from './picture.ts'

/** A bar of stacked parts, from left to right. */
export interface Bar {
  name: string
  /** What is written behind it. */
  note: string
  parts: readonly { name: string; value: number }[]
}

const [WIDTH, LEFT, RIGHT, TOP, BAR, GAP] = [760, 110, 90, 34, 26, 12]
const [LEGEND_COLUMNS, LEGEND_LINE] = [4, 20]

/** Light enough for dark text on white, and dark enough to be seen on black. */
const COLOURS = [
  ...['#4e79a7', '#f28e2b', '#59a14f', '#e15759', '#b07aa1', '#76b7b2'],
  ...['#edc948', '#9c755f', '#ff9da7', '#8cd17d', '#a0a0a0', '#d4a6c8'],
]

/**
 * Stacked bars over a common axis from 0, as an SVG of plain shapes and text that follows the reader's light or dark scheme.
 *
 * @param parts the names of all parts, in the order of the legend; twelve at most
 */
export function barsPicture(title: string, unit: string, parts: readonly string[], bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)))
  const bottom = TOP + bars.length * (BAR + GAP)
  const legendTop = bottom + 40
  const height = legendTop + Math.ceil(parts.length / LEGEND_COLUMNS) * LEGEND_LINE
  const xOf = (value: number) => tenth(LEFT + (value / most) * (WIDTH - LEFT - RIGHT))
  return [
    ...pictureHead(title, WIDTH, height),
    `<text x="${LEFT}" y="20" font-weight="bold">${title}</text>`,
    ...ticksUpTo(most).flatMap(tick => [
      `<path class="grid" d="M${xOf(tick)} ${TOP - 4}V${bottom}"/>`,
      `<text x="${xOf(tick)}" y="${bottom + 16}" text-anchor="middle">${tick}${tick === 0 ? '' : ` ${unit}`}</text>`,
    ]),
    ...bars.flatMap((bar, index) => drawnBar(bar, TOP + index * (BAR + GAP), parts, xOf)),
    ...parts.flatMap((part, index) => {
      const x = LEFT + (index % LEGEND_COLUMNS) * 160
      const y = legendTop + Math.floor(index / LEGEND_COLUMNS) * LEGEND_LINE
      return [
        `<rect x="${x}" y="${y - 10}" width="12" height="12" fill="${COLOURS[index]}"/>`,
        `<text x="${x + 18}" y="${y}">${part}</text>`,
      ]
    }),
    '</svg>',
    '',
  ].join('\n')
}

function drawnBar(
  { name, note, parts: own }: Bar,
  y: number,
  parts: readonly string[],
  xOf: (value: number) => number,
) {
  const middle = y + BAR / 2 + 4
  let end = 0
  const drawn = own.map(({ name, value }) => {
    const from = xOf(end)
    end += value
    return `<rect x="${from}" y="${y}" width="${tenth(xOf(end) - from)}" height="${BAR}" fill="${COLOURS[parts.indexOf(name)]}"/>`
  })
  return [
    `<text x="${LEFT - 8}" y="${middle}" text-anchor="end">${name}</text>`,
    ...drawn,
    `<text x="${xOf(end) + 8}" y="${middle}">${note}</text>`,
  ]
}

/** Four to eight round numbers from 0. */
function ticksUpTo(most: number): number[] {
  const magnitude = 10 ** Math.floor(Math.log10(most))
  const step = ([0.1, 0.2, 0.25, 0.5, 1].find(part => most / (part * magnitude) <= 8) ?? 1) * magnitude
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)))
}
