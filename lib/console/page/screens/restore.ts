import { useState } from 'preact/hooks'
import type { RestorableAnswer, RestoreOptionsGiven } from '../../api/index.ts'
import { act, useRuns } from '../act.ts'
import { useAskedAgain } from '../asked-again.ts'
import { html } from '../html.ts'
import { AskError } from '../live.ts'
import { Shown } from '../parts/shown-text.ts'
import { Ago } from '../parts/time.ts'
import { Trouble } from '../parts/trouble.ts'
import type { Route } from '../route.ts'
import { emptyChoice, optionsOf } from './restore/choice.ts'
import { RestoreDialog } from './restore/confirm.ts'
import { ChoiceForm } from './restore/form.ts'
import { RestoreRun } from './restore/run.ts'
import { Undo } from './restore/undo.ts'

/** All objects of the dump are listed for an answer. */
const AGAIN_MS = 60_000

/** Runs that are shown, the newest first. */
const SHOWN_RUNS = 5

/** From a dump to a cluster: what there is, what would be done, and how it goes. */
export function Restore({ route: { name } }: { route: Route }) {
  const runs = useRuns('restore', name)
  const ended = runs.find(run => run.ended !== null && !run.args.options['dry-run'])?.ended
  // A restore that has set groups can be undone.
  const asked = useAskedAgain('restorable', { name }, { everyMs: AGAIN_MS, changed: ended })
  const [choice, setChoice] = useState(emptyChoice)
  const [confirming, setConfirming] = useState<RestoreOptionsGiven>()
  const [problem, setProblem] = useState('')
  const { answer, time } = asked
  const isRunning = runs.some(({ state }) => state === 'running')
  const plan = async () => {
    try {
      setProblem('')
      await act('restore', { name, options: { ...optionsOf(choice), 'dry-run': true } })
    } catch (error) {
      setProblem(error instanceof AskError ? error.document.message : (error as Error).message)
    }
  }
  return html`
    <div class="row restore-head">
      <h1>Restore</h1>
      <button type="button" onClick=${asked.again}>Look again</button>
      ${time !== undefined && html`<span class="quiet">The dump as of <${Ago} time=${time} /></span>`}
    </div>
    <${Trouble} of=${asked} what="what can be restored" />
    ${!answer && !asked.error && html`<p class="quiet" role="status">Listing the objects of the dump …</p>`}
    ${answer && html`<${Places} answer=${answer} />`}
    ${
      answer &&
      html`<${ChoiceForm} answer=${answer} choice=${choice} change=${setChoice} plan=${plan} isBusy=${isRunning} />`
    }
    ${problem && html`<p class="problem" role="alert"><${Shown} text=${problem} /></p>`}
    ${runs.slice(0, SHOWN_RUNS).map(run => html`<${RestoreRun} key=${run.id} run=${run} isBusy=${isRunning} restore=${setConfirming} />`)}
    ${answer && html`<${Undo} answer=${answer} to=${choice.to} isBusy=${isRunning} undo=${setConfirming} />`}
    ${confirming && html`<${RestoreDialog} name=${name} options=${confirming} answer=${answer} close=${() => setConfirming(undefined)} />`}
  `
}

function Places({ answer: { sources, target, losses } }: { answer: RestorableAnswer }) {
  return html`
    <p>From ${sources.map(source => html`<code><${Shown} text=${source} /></code> `)} to the cluster <code><${Shown} text=${target.join(', ')} /></code>, unless another one is named below.</p>
    ${losses.length > 0 && html`<div class="trouble"><p>What the dump can’t give back:</p><ul>${losses.map(loss => html`<li><${Shown} text=${loss} /></li>`)}</ul></div>`}
  `
}
