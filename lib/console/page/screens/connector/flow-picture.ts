import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { DocumentOf, Flow } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { shownText } from '../../parts/shown-text.ts'
import { type Edge, flowGraph, type Graph, type Node } from './flow-graph.ts'

/** Sizes in pixels. A label of an edge, such as `1,234 / min`, fits into the gap. */
const HEIGHT = 66
const SLOT_GAP = 16
const ACROSS_GAP = 92
const DOWN_GAP = 54
const LEAST_WIDTH = 106
const MOST_WIDTH = 230
/** Room for the border, and for the points of arrows. */
const MARGIN = 2

/** The average width of a character of the titles, and of what is below them. */
const TITLE_CHARACTER = 8.2
const LINE_CHARACTER = 6.8

interface Place {
  x: number
  y: number
  width: number
}

interface Layout {
  /** Whether the way goes from left to right, or down. */
  isAcross: boolean
  places: Place[]
  width: number
  height: number
}

/** The way of the connector's records as a picture, with live counts. */
export function FlowPicture({ flow, health }: { flow: Flow; health?: DocumentOf<'describe'> }) {
  const [box, width] = useWidth()
  const isNarrow = width < 700
  const graph = useMemo(() => flowGraph(flow, health, isNarrow ? 2 : 6), [flow, health, isNarrow])
  const layout = layoutOf(graph, width)
  return html`
    <section class="panel connector-flow" aria-label="Flow" ref=${box}>
      ${
        width > 0 &&
        html`<svg role="img" aria-label=${textOf(graph)} width=${layout.width} height=${layout.height}>
          ${graph.edges.map(edge => html`<${Arrow} edge=${edge} layout=${layout} />`)}
          ${graph.edges.map(edge => html`<${Labels} edge=${edge} graph=${graph} layout=${layout} />`)}
          ${graph.nodes.map((node, index) => html`<${Box} node=${node} place=${layout.places[index]} />`)}
        </svg>`
      }
    </section>
  `
}

/** The width of an element's content, kept up to date. */
function useWidth(): [{ current: HTMLElement | null }, number] {
  const box = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (!box.current) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  return [box, width]
}

function layoutOf({ nodes }: Graph, width: number): Layout {
  const ranks = Object.values(Object.groupBy(nodes.keys(), index => nodes[index]?.rank ?? 0)) as number[][]
  const slots = ranks.reduce((most, rank) => Math.max(most, rank.length), 1)
  const across = (width - 2 * MARGIN - (ranks.length - 1) * ACROSS_GAP) / ranks.length
  const isAcross = across >= LEAST_WIDTH
  const places: Place[] = []
  const box = Math.min(MOST_WIDTH, isAcross ? across : width)
  const gap = isAcross ? (width - 2 * MARGIN - ranks.length * box) / Math.max(1, ranks.length - 1) : DOWN_GAP
  const size = slots * HEIGHT + (slots - 1) * SLOT_GAP
  for (const [rank, indexes] of ranks.entries()) {
    for (const [slot, index] of indexes.entries())
      places[index] = isAcross
        ? acrossPlace(MARGIN + rank * (box + gap), box, slot, (size - lengthOf(indexes.length)) / 2)
        : downPlace(MARGIN + rank * (HEIGHT + gap), width, slot, indexes.length)
  }
  const height = isAcross ? size : ranks.length * HEIGHT + (ranks.length - 1) * gap
  return { isAcross, places, width, height: height + 2 * MARGIN }
}

const lengthOf = (slots: number) => slots * HEIGHT + (slots - 1) * SLOT_GAP

function acrossPlace(x: number, width: number, slot: number, above: number): Place {
  return { x, width, y: MARGIN + above + slot * (HEIGHT + SLOT_GAP) }
}

function downPlace(y: number, whole: number, slot: number, slots: number): Place {
  const width = (whole - 2 * MARGIN - (slots - 1) * SLOT_GAP) / slots
  return { y, width, x: MARGIN + slot * (width + SLOT_GAP) }
}

function Box({ node, place: { x, y, width } }: { node: Node; place: Place }) {
  const { title, lines, tone } = node
  const said = lines.filter(line => line !== '').slice(0, 2)
  return html`<g class="connector-node ${tone}">
    <title>${shownText([title, ...lines].filter(text => text !== '').join(', '))}</title>
    <rect x=${x} y=${y} width=${width} height=${HEIGHT} rx="7" />
    <text class="title" x=${x + 10} y=${y + 22}>${cut(title, (width - 20) / TITLE_CHARACTER)}</text>
    ${said.map((line, index) => html`<text x=${x + 10} y=${y + 40 + 16 * index}>${cut(line, (width - 20) / LINE_CHARACTER)}</text>`)}
  </g>`
}

interface ArrowProps {
  edge: Edge
  layout: Layout
}

/** Where the way of an edge begins and ends. */
function endsOf({ from, to }: Edge, { isAcross, places }: Layout): [Point, Point] | undefined {
  const [start, end] = [places[from], places[to]]
  if (!start || !end) return undefined
  return isAcross
    ? [
        { x: start.x + start.width, y: start.y + HEIGHT / 2 },
        { x: end.x, y: end.y + HEIGHT / 2 },
      ]
    : [
        { x: middleOf(start), y: start.y + HEIGHT },
        { x: middleOf(end), y: end.y },
      ]
}

function Arrow({ edge, layout }: ArrowProps) {
  const ends = endsOf(edge, layout)
  if (!ends) return null
  const [one, other] = ends
  const [x, y] = [(one.x + other.x) / 2, (one.y + other.y) / 2]
  const path = layout.isAcross
    ? `M${one.x} ${one.y}C${x} ${one.y} ${x} ${other.y} ${other.x - 7} ${other.y}`
    : `M${one.x} ${one.y}C${one.x} ${y} ${other.x} ${y} ${other.x} ${other.y - 7}`
  const point = `M${other.x} ${other.y}${layout.isAcross ? 'l-9 -4.5v9z' : 'l-4.5 -9h9z'}`
  return html`<g class="connector-edge ${edge.tone}"><path d=${path} /><path class="point" d=${point} /></g>`
}

/** Apart from the arrows, so that none of them lies over a label. */
function Labels({ edge, graph: { edges }, layout }: ArrowProps & { graph: Graph }) {
  const ends = endsOf(edge, layout)
  if (!ends) return null
  const [one, other] = ends
  // Where several ways begin at one place, the labels are at their ends.
  const isFan = edges.filter(({ from }) => from === edge.from).length > 1
  const place = (index: number) =>
    isFan
      ? labelPlace(other, index, layout.isAcross, { isDown: other.y > one.y })
      : labelPlace(one, index, layout.isAcross)
  return html`<g class="connector-edge ${edge.tone}">
    ${edge.labels.map((label, index) => html`<text ...${place(index)}>${label}</text>`)}
  </g>`
}

interface Point {
  x: number
  y: number
}

const middleOf = ({ x, width }: Place) => x + width / 2

/** Across, one label is above the line and one below it; at the end of a line, both are where the line doesn't come from. */
function labelPlace({ x, y }: Point, index: number, isAcross: boolean, end?: { isDown: boolean }) {
  if (!isAcross) return { x: x + 9, y: (end ? y - 27 : y + 20) + 15 * index }
  const [above, below] = [y - 6, y + 16]
  if (!end) return { x: x + 8, y: index === 0 ? above : below }
  return { x: x - 14, y: end.isDown ? below + 15 * index : above - 15 * index, 'text-anchor': 'end' }
}

function cut(text: string, characters: number): string {
  const shown = shownText(text)
  return shown.length > characters ? `${shown.slice(0, Math.max(1, Math.floor(characters) - 1))}…` : shown
}

/** The picture in words. */
function textOf({ nodes, edges }: Graph): string {
  const ways = edges.map(({ from, to, labels }) => {
    const said = labels.filter(label => label !== '').join(', ')
    return `${nodeText(nodes[from])} to ${nodeText(nodes[to])}${said && `: ${said}`}`
  })
  return `How records flow. ${shownText(ways.join('; '))}.`
}

function nodeText(node: Node | undefined): string {
  return node ? `${node.lines[0]} ${node.title}` : ''
}
