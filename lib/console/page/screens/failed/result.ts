import type { RedrivenNumbers, Run, ShownRedrive } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText, numberText } from '../../parts/number.ts'
import { Shown } from '../../parts/shown-text.ts'
import { rangesText } from './ranges.ts'

/** What a redrive has done, or would do. */
export function RedriveResult({ run: { document } }: { run: Run<'redrive'> }) {
  if (!document) return null
  return html`
    <${document.outcome === 'planned' ? Planned : Done} ...${document} />
    ${document.problems.map(problem => html`<p class="trouble"><${Shown} text=${problem} /></p>`)}
  `
}

function Planned({ planned, morePlanned, tried, left }: ShownRedrive) {
  const others =
    left > 0 && ` ${countText(left, 'other')} would not be: the trigger delivers them, or they have no offsets.`
  if (tried === 0) return html`<p>No matching record is left to redrive.${others}</p>`
  return html`
    <p>Would redrive ${countText(tried, 'record')}.${others} Nothing was changed.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="What would be redriven">
      <table class="failed-table">
        <thead><tr><th scope="col">Topic</th><th scope="col" class="number">Partition</th><th scope="col">Offsets</th><th scope="col" class="number">Records</th><th scope="col">Cause</th><th scope="col" class="number">Gone</th></tr></thead>
        <tbody>
          ${planned.map(
            ({ topic, partition, ranges, more, records, code, gone }) => html`<tr>
              <td><${Shown} text=${topic} /></td><td class="number">${partition}</td>
              <td class="failed-offsets">${rangesText(ranges, more)}</td><td class="number">${numberText(records)}</td>
              <td><code><${Shown} text=${code} /></code></td><td class="number">${numberText(gone)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${morePlanned > 0 && html`<p class="quiet">and ${countText(morePlanned, 'place')} more</p>`}
  `
}

const columns: [head: string, of: Exclude<keyof RedrivenNumbers, 'topic' | 'partition'>][] = [
  ['Redriven', 'redriven'],
  ['Already there', 'present'],
  ['Failed again', 'failed'],
  ['Gone', 'gone'],
  ['Refused', 'refused'],
  ['Waiting', 'waiting'],
]

function Done({ places, morePlaces, lines, moreLines }: ShownRedrive) {
  if (places.length === 0) return html`<p>No matching record was left to redrive.</p>`
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="What was redriven">
      <table class="failed-table">
        <thead><tr><th scope="col">Topic</th><th scope="col" class="number">Partition</th>${columns.map(([head]) => html`<th scope="col" class="number">${head}</th>`)}</tr></thead>
        <tbody>
          ${places.map(
            place => html`<tr>
              <td><${Shown} text=${place.topic} /></td><td class="number">${place.partition}</td>
              ${columns.map(([, of]) => html`<td class="number">${numberText(place[of])}</td>`)}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${morePlaces > 0 && html`<p class="quiet">and ${countText(morePlaces, 'topic-partition')} more</p>`}
    ${lines.length > 0 && html`<ul class="failed-lines">${lines.map(line => html`<li><${Shown} text=${line} /></li>`)}</ul>`}
    ${moreLines > 0 && html`<p class="quiet">and ${countText(moreLines, 'line')} more</p>`}
  `
}
