import { html } from '../../html.ts'
import { numberText } from '../../parts/number.ts'
import { hrefOf } from '../../route.ts'
import { chosenNumber, type ViewProps } from './view.ts'

interface PagesProps extends ViewProps {
  /** What is paged, such as `partitions`. */
  what: string
  /** How many are shown. */
  shown: number
  /** How many there are; absent: it is not known. */
  of?: number
  /** How many are passed over before the next page; absent: there is none. */
  next?: number
  /** How many a page has. */
  page: number
}

/** Where in a list a page is, with links to those beside it. Nothing when all is shown. */
export function Pages({ name, chosen, what, shown, of, next, page }: PagesProps) {
  const after = chosenNumber(chosen.after) ?? 0
  if (after === 0 && next === undefined) return null
  const hrefAt = (after: number) =>
    hrefOf({ screen: 'objects', name, chosen: { ...chosen, after: after <= 0 ? '' : String(after) } })
  const range = shown === 0 ? 'none' : `${numberText(after + 1)}–${numberText(after + shown)}`
  return html`
    <p class="row objects-pages">
      <span>${what} ${range}${of !== undefined && ` of ${numberText(of)}`}</span>
      ${after > 0 && html`<a href=${hrefAt(after - page)}>Previous</a>`}
      ${next !== undefined && html`<a href=${hrefAt(next)}>Next</a>`}
    </p>
  `
}
