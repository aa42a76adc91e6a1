import { useEffect, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import type { Series } from '../../api/index.ts'
import { html } from '../html.ts'

/** A line of a chart. */
export interface ChartLine {
  label: string
  /** A value for each period; null leaves a gap. */
  values: Series
  /** The variable of the style that has its colour. */
  tone: 'link' | 'good' | 'warn' | 'bad'
}

interface ChartProps {
  title: string
  /** The start of the first period, in milliseconds since the epoch. */
  from: number
  periodMs: number
  lines: ChartLine[]
  /** A value with its unit. */
  format(value: number): string
  /** The same beside the chart, where there is little room. */
  axis?(value: number): string
}

/** In pixels. */
const HEIGHT = 150

/** Lines over time. The values beside their names are the newest ones or, while somebody points at the chart, those of that time. */
export function Chart({ title, from, periodMs, lines, format, axis = format }: ChartProps) {
  const [index, setIndex] = useState<number | null>(null)
  const box = usePlot({ from, periodMs, lines, axis, point: setIndex })
  const at = (values: Series) => (index === null ? values.findLast(value => value !== null) : values[index])
  const texts = lines.map(({ label, values }) => {
    const value = at(values)
    return { label, text: value == null ? 'none' : format(value) }
  })
  const isEmpty = lines.every(({ values }) => values.every(value => value === null))
  const time = isEmpty ? 'no figures yet' : index === null ? 'newest' : clock.format(from + index * periodMs)
  return html`<figure class="chart panel">
    <figcaption>
      <strong>${title}</strong>
      <span class="quiet">${time}</span>
      ${texts.map(({ label, text }, at) => html`<span><i class="chart-key chart-${lines[at]?.tone}"></i>${label} <b>${text}</b></span>`)}
    </figcaption>
    <div class="chart-box" ref=${box} role="img" aria-label=${`${title}. ${texts.map(({ label, text }) => `${label}: ${text}`).join(', ')}.`}></div>
  </figure>`
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false })

interface Plotted extends Pick<ChartProps, 'from' | 'periodMs' | 'lines'> {
  axis(value: number): string
  /** Is told the period that somebody points at; null: none. */
  point(index: number | null): void
}

/** Draws into an element whatever its size is, and in the colours that the page has. */
function usePlot({ from, periodMs, lines, axis, point }: Plotted) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const data = [
    Array.from(lines[0]?.values ?? [], (_, at) => (from + at * periodMs) / 1000),
    ...lines.map(({ values }) => values),
  ]
  const newest = useRef(data)
  newest.current = data
  const scheme = useScheme()
  useEffect(() => {
    const element = box.current
    if (!element) return
    let isGone = false
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }))
    // What draws the lines is loaded with the first chart.
    import('uplot').then(
      ({ default: Plot }) => {
        if (isGone) return
        const options = optionsOf({ element, lines, axis, point })
        plot.current = new Plot(options, newest.current as uPlot.AlignedData, element)
        observer.observe(element)
      },
      () => {},
    )
    return () => {
      isGone = true
      observer.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [scheme])
  useEffect(() => plot.current?.setData(newest.current as uPlot.AlignedData), [from, lines])
  return box
}

interface PlotOptions extends Pick<Plotted, 'lines' | 'axis' | 'point'> {
  element: HTMLElement
}

function optionsOf({ element, lines, axis: textOf, point }: PlotOptions): uPlot.Options {
  const [text, grid] = [colour(element, 'quiet'), colour(element, 'line')]
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } }
  return {
    ...{ width: element.clientWidth, height: HEIGHT, legend: { show: false }, padding: [8, 18, 0, 0] },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] } },
    axes: [
      { ...axis, values: (_, times) => times.map(time => clock.format(time * 1000)), space: 60, size: 30 },
      { ...axis, values: (_, values) => values.map(textOf), size: 62, space: 30 },
    ],
    series: [{}, ...lines.map(({ label, tone }) => ({ label, stroke: colour(element, tone), width: 1.5 }))],
    hooks: {
      setCursor: [({ cursor }) => point(cursor.left !== undefined && cursor.left >= 0 ? (cursor.idx ?? null) : null)],
    },
  }
}

/** A colour of the style as a canvas understands it. */
function colour(element: HTMLElement, name: string): string {
  const probe = document.createElement('i')
  probe.className = `chart-${name}`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/** Whether the page is dark, kept up to date. */
function useScheme(): boolean {
  const query = matchMedia('(prefers-color-scheme: dark)')
  const [isDark, setDark] = useState(query.matches)
  useEffect(() => {
    const follow = () => setDark(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  return isDark
}
