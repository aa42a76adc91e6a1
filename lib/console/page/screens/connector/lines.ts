import { useState } from 'preact/hooks'
import type { HistoryAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { useLive } from '../../live.ts'
import { Chart } from '../../parts/chart.ts'
import { numberText, shortNumberText } from '../../parts/number.ts'
import { durationText } from '../../parts/time.ts'
import { Trouble } from '../../parts/trouble.ts'

const spans = { 60: 'hour', 360: '6 hours', 1440: '24 hours' }

/** The connector's metrics over time. */
export function Lines({ name }: { name: string }) {
  const [minutes, setMinutes] = useState(60)
  const history = useLive('history', { name, minutes })
  return html`
    <section aria-labelledby="history">
      <div class="row connector-head">
        <h2 id="history">Over time</h2>
        <label class="connector-inline">Last
          <select value=${minutes} onChange=${(event: Event) => setMinutes(Number((event.target as HTMLSelectElement).value))}>
            ${Object.entries(spans).map(([value, title]) => html`<option value=${value}>${title}</option>`)}
          </select>
        </label>
      </div>
      <${Trouble} of=${history} what="the metrics" />
      ${history.answer ? html`<${Charts} of=${history.answer} />` : !history.error && html`<p class="quiet">Reading the metrics …</p>`}
    </section>
  `
}

function Charts({ of }: { of: HistoryAnswer }) {
  const { from, periodMs, recordsIn, recordsOut, failed, lag, ageMs, putP90Ms } = of
  const span = { from, periodMs }
  const per = periodMs === 60_000 ? 'a minute' : `in ${durationText(periodMs)}`
  return html`<div class="connector-charts">
    <${Chart} ...${span} title=${`Records ${per}`} format=${numberText} axis=${shortNumberText} lines=${[
      { label: 'in', values: recordsIn, tone: 'link' },
      { label: 'out', values: recordsOut, tone: 'good' },
      { label: 'failed', values: failed, tone: 'bad' },
    ]} />
    <${Chart} ...${span} title="Unread records" format=${numberText} axis=${shortNumberText} lines=${[{ label: 'unread', values: lag, tone: 'warn' }]} />
    <${Chart} ...${span} title="Age of the newest record when it was delivered" format=${durationText} lines=${[{ label: 'age', values: ageMs, tone: 'link' }]} />
    <${Chart} ...${span} title="Time to write, nine of ten" format=${durationText} lines=${[{ label: 'p90', values: putP90Ms, tone: 'link' }]} />
  </div>`
}
