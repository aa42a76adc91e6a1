import { html } from '../../html.ts'
import type { Live } from '../../live.ts'
import { durationText } from '../../parts/time.ts'
import { Trouble } from '../../parts/trouble.ts'

/** What the connector costs a month. */
export function Cost({ of }: { of: Live<'cost'> }) {
  const { answer } = of
  return html`
    <section aria-labelledby="cost">
      <h2 id="cost">Cost of a month</h2>
      <${Trouble} of=${of} what="what it costs" />
      ${answer && (answer.isKnown ? html`<${Bill} ...${answer} />` : html`<p class="quiet">Nothing ran in the last 24 hours, so the cost can’t be estimated yet.</p>`)}
    </section>
  `
}

function Bill({ parts, dollars, notes, spanMs }: NonNullable<Live<'cost'>['answer']>) {
  return html`
    <div class="scroll panel connector-table" tabindex="0" role="region" aria-label="Table of costs">
      <table>
        <caption class="quiet">At the rate of the last ${durationText(spanMs)}</caption>
        <thead><tr><th scope="col">For</th><th scope="col">How much</th><th scope="col" class="number">$ a month</th></tr></thead>
        <tbody>
          ${parts.map(
            ({ what, reckoning, dollars }) => html`<tr>
              <th scope="row">${what}</th><td>${reckoning}</td><td class="number">${dollarsText(dollars)}</td>
            </tr>`,
          )}
        </tbody>
        <tfoot><tr><th scope="row" colspan="2">All</th><td class="number"><strong>${dollarsText(dollars)}</strong></td></tr></tfoot>
      </table>
      <ul class="quiet connector-notes">${notes.map(note => html`<li>${note}</li>`)}</ul>
    </div>
  `
}

function dollarsText(dollars: number): string {
  if (dollars > 0 && dollars < 0.01) return '< 0.01'
  return dollars.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}
