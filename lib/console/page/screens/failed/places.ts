import { useState } from 'preact/hooks'
import type { FailedAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText, numberText } from '../../parts/number.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { Ago } from '../../parts/time.ts'
import type { PreviewPlace } from './preview.ts'
import { rangesText } from './ranges.ts'

type Row = FailedAnswer['rows'][number]

/** Rows that are shown at once, and with each further step. */
const STEP = 50

/** Ranges of offsets that a row shows. */
const SHOWN_RANGES = 4

interface PlacesProps {
  answer: FailedAnswer
  look(place: PreviewPlace): void
  redrive(row: Row): void
}

/** Where the failed records are, those that failed last first. */
export function Places({ answer: { rows, moreRows }, look, redrive }: PlacesProps) {
  const [most, setMost] = useState(STEP)
  const left = rows.length - most
  return html`
    <h2>Where and when</h2>
    <div class="scroll panel" tabindex="0" role="region" aria-label="Failed records by place">
      <table class="failed-table">
        <thead>
          <tr>
            <th scope="col">Topic</th><th scope="col" class="number">Partition</th><th scope="col">Offsets</th>
            <th scope="col" class="number">Records</th><th scope="col">Cause</th><th scope="col">Where they are</th>
            <th scope="col">Still there</th><th scope="col">Failed</th><th scope="col">Act</th>
          </tr>
        </thead>
        <tbody>${rows.slice(0, most).map(row => html`<${PlaceRow} key=${keyOf(row)} row=${row} look=${look} redrive=${redrive} />`)}</tbody>
      </table>
    </div>
    ${left > 0 && html`<button type="button" onClick=${() => setMost(most + STEP)}>Show ${numberText(Math.min(left, STEP))} of ${numberText(left)} more</button>`}
    ${moreRows > 0 && html`<p class="quiet">${countText(moreRows, 'older place')} of failed records ${moreRows === 1 ? 'is' : 'are'} not shown here. <code>serverless connectors failed</code> lists all of them.</p>`}
  `
}

const keyOf = ({ topic, partition, code, where }: Row) => [topic, partition, code, where].join('\n')

function PlaceRow({ row, look, redrive }: { row: Row } & Pick<PlacesProps, 'look' | 'redrive'>) {
  const { topic, partition, ranges, more, records, code, where, isWaiting, time } = row
  const isPlaced = topic !== '' && partition >= 0 && ranges.length > 0
  const hidden = more + Math.max(ranges.length - SHOWN_RANGES, 0)
  return html`
    <tr>
      <td>${topic === '' ? 'unknown' : html`<${Shown} text=${topic} />`}</td>
      <td class="number">${partition < 0 ? 'unknown' : partition}</td>
      <td class="failed-offsets">${rangesText(ranges.slice(0, SHOWN_RANGES), hidden)}</td>
      <td class="number">${numberText(records)}</td>
      <td><code><${Shown} text=${code} /></code></td>
      <td><${Shown} text=${where} /></td>
      <td>${goneText(row)}</td>
      <td class="failed-time">${time < 0 ? 'unknown' : html`<${Ago} time=${time} />`}</td>
      <td class="failed-acts">
        ${isPlaced && html`<button type="button" onClick=${() => look({ topic, partition, ranges, more })} aria-label=${`Look at records of ${shownText(topic)}-${partition}`}>Look</button>`}
        ${isPlaced && !isWaiting && html`<button type="button" onClick=${() => redrive(row)} aria-label=${`Redrive records of ${shownText(topic)}-${partition}`}>Redrive …</button>`}
      </td>
    </tr>
  `
}

function goneText({ gone, records }: Row): string {
  if (gone === 0) return 'yes'
  return gone >= records ? 'no' : `all but ${numberText(gone)}`
}
