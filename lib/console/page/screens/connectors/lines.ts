import type { Series } from '../../../api/index.ts'
import { html } from '../../html.ts'
import type { Live } from '../../live.ts'
import { numberText } from '../../parts/number.ts'
import { Shown } from '../../parts/shown-text.ts'
import { mostOf, Sparkline } from '../../parts/sparkline.ts'
import type { Health } from './shown.ts'

interface LinesProps {
  history: Live<'history'>
  health?: Health
  minutes: number
}

/** Lag and rates over the last time, minute by minute. */
export function Lines({ history, health, minutes }: LinesProps) {
  const { answer, error } = history
  const { lag = [], recordsIn = [], recordsOut = [] } = answer ?? {}
  const [lagMost, rateMost] = [mostOf([lag]), mostOf([recordsIn, recordsOut])]
  const rates = `in ${rateText(health?.recordsInPerMinute)}, out ${rateText(health?.recordsOutPerMinute)}`
  return html`
    <div class="lines">
      <figure>
        <${Line} isKnown=${answer !== undefined} label=${`Unread records in the last ${minutes} minutes: ${numberText(lagMost)} at most`} lines=${[lag]} />
        <figcaption>
          <span>Unread, ${minutes} min</span>
          ${hasValues(lag) && html`<span class="number">most ${numberText(lagMost)}</span>`}
        </figcaption>
      </figure>
      <figure>
        <${Line} isKnown=${answer !== undefined} label=${`Records per minute in the last ${minutes} minutes: ${rates}, ${numberText(rateMost)} at most`} lines=${[recordsIn, recordsOut]} />
        <figcaption>
          <span class="number">
            <span class="key series-1">in ${rateText(health?.recordsInPerMinute)}</span>${' '}
            <span class="key series-2">out ${rateText(health?.recordsOutPerMinute)}</span> /min
          </span>
        </figcaption>
      </figure>
      ${error && html`<p class="quiet reason">The lines can’t be read: <${Shown} text=${error.message} /></p>`}
    </div>
  `
}

function Line({ isKnown, label, lines }: { isKnown: boolean; label: string; lines: Series[] }) {
  if (isKnown && !lines.some(hasValues)) return html`<p class="quiet none">No figures yet</p>`
  return html`<${Sparkline} label=${isKnown ? label : 'Loading'} lines=${lines} />`
}

const hasValues = (line: Series) => line.some(value => value !== null)

function rateText(rate: number | null | undefined): string {
  return rate === null || rate === undefined ? '–' : numberText(rate)
}
