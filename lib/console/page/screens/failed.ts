import { useState } from 'preact/hooks'
import type { FailedAnswer } from '../../api/index.ts'
import { useRuns } from '../act.ts'
import { useAskedAgain } from '../asked-again.ts'
import { html } from '../html.ts'
import { countText } from '../parts/number.ts'
import { Shown } from '../parts/shown-text.ts'
import { Ago } from '../parts/time.ts'
import { Trouble } from '../parts/trouble.ts'
import { go, type Route } from '../route.ts'
import { Causes } from './failed/causes.ts'
import { Places } from './failed/places.ts'
import { Preview, type PreviewPlace } from './failed/preview.ts'
import { emptyRedrive, Redrive, type RedriveAsked, redriveOf } from './failed/redrive.ts'

/** A list reads the topics for failed records and the log. */
const AGAIN_MS = 30_000

const periods: [since: string, words: string][] = [
  ['1h', 'in the last hour'],
  ['1d', 'in the last day'],
  ['7d', 'in the last 7 days'],
  ['30d', 'in the last 30 days'],
  ['all', 'at any time'],
]

/** Records that failed: by cause, where, and when; and doing them again. */
export function Failed({ route: { name, chosen } }: { route: Route }) {
  const since = chosen.since ?? '7d'
  const [preview, setPreview] = useState<PreviewPlace>()
  const [redrive, setRedrive] = useState<RedriveAsked>(emptyRedrive)
  const ended = useRuns('redrive', name).find(run => run.ended !== null && !run.args.dryRun)?.ended
  const args = { name, ...(since !== 'all' && { since }) }
  // What was redriven is no longer listed.
  const asked = useAskedAgain('failed', args, { everyMs: AGAIN_MS, changed: ended })
  const choose = (other: Record<string, string>) =>
    go({ screen: 'failed', name, chosen: { ...chosen, ...other } }, { replace: true })
  const { answer, time } = asked
  const shown = answer && chosenOnly(answer, chosen.code)
  return html`
    <div class="row failed-head">
      <h1>Failed records</h1>
      <label>Failed
        <select value=${since} onChange=${(event: Event) => choose({ since: (event.target as HTMLSelectElement).value })}>
          ${periods.map(([value, words]) => html`<option value=${value}>${words}</option>`)}
        </select>
      </label>
      <button type="button" onClick=${asked.again}>Look again</button>
      ${time !== undefined && html`<span class="quiet">as of <${Ago} time=${time} /></span>`}
    </div>
    <${Trouble} of=${asked} what="what failed" />
    ${answer === undefined && !asked.error && html`<p class="quiet" role="status">Reading topics for failed records and the log …</p>`}
    ${answer?.problems.map(problem => html`<p class="trouble"><${Shown} text=${problem} /></p>`)}
    ${answer && html`<p role="status">${summaryOf(answer, since)}</p>`}
    ${
      answer &&
      shown &&
      answer.records > 0 &&
      html`
        <${Causes} causes=${answer.causes} chosen=${chosen.code} choose=${(code: string) => choose({ code })}
          redrive=${(code: string) => setRedrive(redriveOf({ code }))} />
        <${Places} answer=${shown} look=${setPreview}
          redrive=${(row: FailedAnswer['rows'][number]) => setRedrive(redriveOf({ row }))} />
      `
    }
    <${Redrive} name=${name} asked=${redrive} change=${setRedrive} answer=${answer} since=${since} />
    ${preview && html`<${Preview} name=${name} since=${since} place=${preview} close=${() => setPreview(undefined)} />`}
  `
}

function chosenOnly(answer: FailedAnswer, code = ''): FailedAnswer {
  return code === '' ? answer : { ...answer, rows: answer.rows.filter(row => row.code === code) }
}

function summaryOf({ records, causes }: FailedAnswer, since: string): string {
  const when = periods.find(([value]) => value === since)?.[1] ?? `since ${since}`
  if (records === 0) return `No record that failed ${when} still needs a redrive.`
  return `${countText(records, 'record')} failed ${when} and ${records === 1 ? 'was' : 'were'} not redriven, for ${countText(causes.length, 'cause')}.`
}
