import { useState } from 'preact/hooks'
import { html } from '../html.ts'
import { numberText } from './number.ts'

/** Rows that are shown at a time. */
const PAGE = 50

/** Some of many rows, and where they are among them. */
export interface Pages<Row> {
  rows: Row[]
  first: number
  count: number
  turn(pages: number): void
}

/** Shows rows a page at a time. A page that no longer exists is the last one. */
export function usePages<Row>(all: Row[]): Pages<Row> {
  const [wanted, setWanted] = useState(0)
  const last = Math.max(Math.ceil(all.length / PAGE) - 1, 0)
  const page = Math.min(wanted, last)
  const first = page * PAGE
  return {
    rows: all.slice(first, first + PAGE),
    first,
    count: all.length,
    turn: pages => setWanted(Math.max(0, Math.min(page + pages, last))),
  }
}

/** Turns pages; nothing where one page has all rows. */
export function PageButtons({ of: { rows, first, count, turn }, what }: { of: Pages<unknown>; what: string }) {
  if (count <= PAGE) return null
  return html`
    <p class="row" role="group" aria-label=${`Pages of ${what}`}>
      <button type="button" onClick=${() => turn(-1)} disabled=${first === 0}>Previous</button>
      <span class="quiet">${numberText(first + 1)} to ${numberText(first + rows.length)} of ${numberText(count)}</span>
      <button type="button" onClick=${() => turn(1)} disabled=${first + rows.length >= count}>Next</button>
    </p>
  `
}
