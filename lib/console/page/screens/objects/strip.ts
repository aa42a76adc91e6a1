import type { CoverageKind, CoverageRun } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText, numberText } from '../../parts/number.ts'

/** Units of the picture's width, whatever it is in pixels. */
const WIDTH = 1_000
const HEIGHT = 30

/** Where each kind is drawn, so that it is told by its shape too, and how narrow a mark of it gets. */
const shapes: Record<CoverageKind, { y: number; height: number; least: number }> = {
  object: { y: 3, height: 18, least: 1 },
  staged: { y: 8, height: 8, least: 1 },
  gap: { y: 0, height: 24, least: 4 },
  overlap: { y: 25, height: 5, least: 4 },
}

const words: Record<CoverageKind, [one: string, many: string]> = {
  object: ['object', 'objects'],
  gap: ['gap', 'gaps'],
  overlap: ['overlap', 'overlaps'],
  staged: ['staged batch', 'staged batches'],
}

interface StripProps {
  /** What it shows, for those who can't see it. */
  label: string
  runs: CoverageRun[]
  /** Is told which run was clicked. The same can be reached by links. */
  choose(run: CoverageRun): void
}

/** The offsets of a partition from left to right, with what covers them. */
export function Strip({ label, runs, choose }: StripProps) {
  const begin = runs.reduce((least, { firstOffset }) => Math.min(least, firstOffset), Number.POSITIVE_INFINITY)
  const end = runs.reduce((most, { lastOffset }) => Math.max(most, lastOffset + 1), 0)
  const scale = WIDTH / Math.max(1, end - begin)
  const click = (event: Event) => {
    const run = runs[Number((event.target as SVGElement).dataset.run ?? -1)]
    if (run) choose(run)
  }
  return html`
    <svg class="objects-strip" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${label} onClick=${click}>
      ${runs.map((run, index) => {
        const { y, height, least } = shapes[run.kind]
        const width = Math.max(least, (run.lastOffset + 1 - run.firstOffset) * scale)
        const x = Math.min((run.firstOffset - begin) * scale, WIDTH - width)
        // Neighbours differ, since room between them would look like a gap.
        const tone = run.kind === 'object' && index % 2 === 1 ? 'objects-odd' : ''
        return html`<rect data-run=${index} class="objects-${run.kind} ${tone}" x=${x.toFixed(2)} y=${y} width=${width.toFixed(2)} height=${height}><title>${runText(run)}</title></rect>`
      })}
    </svg>
  `
}

/** A run in words. */
export function runText({ kind, firstOffset, lastOffset, count, offsets, reason }: CoverageRun): string {
  const what = countText(count, ...words[kind])
  const sum = (kind === 'gap' || kind === 'overlap') && count > 1 ? `, ${countText(offsets, 'offset')} in all` : ''
  return `${what}, offsets ${offsetsText(firstOffset, lastOffset)}${sum}${reason === undefined ? '' : `: ${reason}`}`
}

export function offsetsText(first: number, last: number): string {
  return first === last ? numberText(first) : `${numberText(first)}–${numberText(last)}`
}

/** What the shapes and colours mean. */
export function Legend() {
  const entries: [CoverageKind, string][] = [
    ['object', 'objects'],
    ['staged', 'staged: waits to be compacted'],
    ['gap', 'gap: in no object'],
    ['overlap', 'overlap: in several objects'],
  ]
  return html`
    <ul class="objects-legend" aria-label="What the strips show">
      ${entries.map(
        ([kind, text]) => html`<li>
          <svg viewBox="0 0 24 ${HEIGHT}" aria-hidden="true"><rect class="objects-${kind}" x="2" y=${shapes[kind].y} width="20" height=${shapes[kind].height} /></svg>
          ${text}
        </li>`,
      )}
    </ul>
  `
}
