import { useState } from 'preact/hooks'
import type { Advance } from '../../../connectors/commands/command.ts'
import type { Run } from '../../api/index.ts'
import { cancel } from '../act.ts'
import { html } from '../html.ts'
import { consoleGone } from '../live.ts'
import { countText, numberText } from './number.ts'
import { Shown } from './shown-text.ts'
import { Ago } from './time.ts'

const words: Record<Run['state'], string> = {
  running: 'is running',
  done: 'is done',
  pending: 'waits for a decision',
  failed: 'has failed',
  cancelled: 'was cancelled',
}

const tones: Record<Run['state'], string> = {
  running: '',
  done: 'good',
  pending: 'warn',
  failed: 'bad',
  cancelled: 'off',
}

/** Acts that can be ended on the way. Others are over before anybody presses a button. */
const cancellable: ReadonlySet<Run['act']> = new Set<Run['act']>(['test', 'restore', 'redrive'])

/** How a run goes: what it told last, how far it is, and why it failed. */
export function RunState({ run, title }: { run: Run; title: string }) {
  const { state, progress, told, error, ended, started } = run
  return html`
    <section class="run" aria-label=${title}>
      <p class="row">
        <span role="status"><strong>${title}</strong> <span class="badge ${tones[state]}">${words[state]}</span></span>
        <span class="quiet"><${Ago} time=${ended ?? started} /></span>
        ${state === 'running' && cancellable.has(run.act) && html`<${Cancel} id=${run.id} />`}
      </p>
      ${state === 'running' && progress && html`<${RunProgress} ...${progress} />`}
      ${error && html`<p class="problem"><${Shown} text=${error.message} /> ${error.code && html`<code>${error.code}</code>`}</p>`}
      ${told.length > 0 && html`<pre class="told" tabindex="0" aria-label="What it reported">${told.map(line => html`<${Shown} text=${line} />${'\n'}`)}</pre>`}
    </section>
  `
}

function Cancel({ id }: { id: string }) {
  const [problem, setProblem] = useState('')
  const press = () =>
    cancel(id).then(
      () => setProblem(''),
      () => setProblem(consoleGone.message),
    )
  return html`
    <button type="button" onClick=${press}>Cancel</button>
    ${problem && html`<span class="problem" role="alert">${problem}</span>`}
  `
}

function RunProgress({ done, total, unit, text: told }: Advance) {
  const text =
    told ?? (total === undefined ? countText(done, unit, unit) : `${numberText(done)} of ${numberText(total)} ${unit}`)
  return html`<label>${text}<progress value=${total === undefined ? undefined : done} max=${total ?? 1}></progress></label>`
}
