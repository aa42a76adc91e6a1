import type { Series } from '../../api/index.ts'
import { html } from '../html.ts'

interface SparklineProps {
  /** What it shows, for those who don't see it, such as `Unread records in the last hour: 20 now, 240 at most`. */
  label: string
  /** One line each, oldest value first, all with as many values. */
  lines: Series[]
}

/** The size in the units of its drawing; it is stretched to the room that there is. */
const WIDTH = 240
const HEIGHT = 36
/** So that a line at the top or the bottom is not cut. */
const INSET = 1.5

/** Lines without axes, from zero to the greatest value of all. The first has its area filled. */
export function Sparkline({ label, lines }: SparklineProps) {
  const most = mostOf(lines)
  return html`
    <svg class="sparkline" role="img" aria-label=${label} viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
      ${lines.map((line, index) => {
        const runs = runsOf(line, most)
        return html`
          <g class="series-${index + 1}">
            ${index === 0 && runs.map(run => html`<path class="area" d=${`${pathOf(run)}V${HEIGHT}H${run[0]?.[0]}Z`} />`)}
            ${runs.map(run => html`<path class="stroke" d=${pathOf(run)} />`)}
          </g>
        `
      })}
    </svg>
  `
}

/** The greatest value of lines; 0 when there is none. */
export function mostOf(lines: Series[]): number {
  return lines.flat().reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
}

type Point = [x: number, y: number]

/** The parts of a line between periods without a value. */
function runsOf(line: Series, most: number): Point[][] {
  const runs: Point[][] = [[]]
  for (const [index, value] of line.entries()) {
    if (value === null) runs.push([])
    else {
      const x = (index / Math.max(line.length - 1, 1)) * WIDTH
      runs.at(-1)?.push([round(x), round(HEIGHT - INSET - (value / (most || 1)) * (HEIGHT - 2 * INSET))])
    }
  }
  return runs.filter(run => run.length > 0)
}

/** A single value is a short dash, since a line needs two points. */
function pathOf(run: Point[]): string {
  const [only] = run
  if (run.length === 1 && only) return `M${round(only[0] - 1)},${only[1]}L${round(only[0] + 1)},${only[1]}`
  return `M${run.map(([x, y]) => `${x},${y}`).join('L')}`
}

const round = (value: number) => Math.round(value * 10) / 10
