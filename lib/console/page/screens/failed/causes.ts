import type { FailedAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText } from '../../parts/number.ts'
import { Shown } from '../../parts/shown-text.ts'

type Cause = FailedAnswer['causes'][number]

interface CausesProps {
  causes: Cause[]
  /** The code whose places are shown; empty: all. */
  chosen?: string
  choose(code: string): void
  redrive(code: string): void
}

/** Why records failed, what it means, and who has to act. */
export function Causes({ causes, chosen = '', choose, redrive }: CausesProps) {
  return html`
    <h2>By cause</h2>
    <ul class="failed-causes">
      ${causes.map(
        ({ code, records, act, remedy, meaning }) => html`
          <li class="panel">
            <p class="row">
              <code class="failed-code"><${Shown} text=${code} /></code>
              <strong>${countText(records, 'record')}</strong>
              <span class="badge ${act === 'person' ? 'bad' : 'warn'}">${remedy}</span>
            </p>
            ${meaning && html`<p class="quiet">${meaning}</p>`}
            <p class="buttons">
              <button type="button" aria-pressed=${chosen === code} onClick=${() => choose(chosen === code ? '' : code)}>
                ${chosen === code ? 'Show all places' : 'Show only these'}
              </button>
              <button type="button" onClick=${() => redrive(code)}>Redrive …</button>
            </p>
          </li>
        `,
      )}
    </ul>
  `
}
