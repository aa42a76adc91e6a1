import type { RestoreOptionsGiven, Run } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { RunState } from '../../parts/run-state.ts'
import { shownText } from '../../parts/shown-text.ts'
import { Downloads } from './downloads.ts'
import { Report } from './report.ts'

interface RunProps {
  run: Run<'restore'>
  /** Whether another restore is running. */
  isBusy: boolean
  /** Asks whether it is to be restored so. */
  restore(options: RestoreOptionsGiven): void
}

/** A restore or its plan: how it goes, what it says, and what comes next. */
export function RestoreRun({ run, isBusy, restore }: RunProps) {
  const { document, args } = run
  const next = nextOf(run)
  return html`
    <section class="panel restore-run">
      <${RunState} run=${run} title=${titleOf(args.options)} />
      ${document && html`<${Report} report=${document} />`}
      <div class="row">
        ${next && html`<button type="button" class=${next.isMain ? 'primary' : ''} disabled=${isBusy} onClick=${() => restore(next.options)}>${next.label} …</button>`}
        ${document && html`<${Downloads} run=${run.id} name=${document.id} />`}
      </div>
    </section>
  `
}

function titleOf(options: RestoreOptionsGiven): string {
  if (options.undo) return `Consumer groups back to before restore ${shownText(options.id ?? '')}`
  const what = options['groups-only'] ? 'consumer groups' : options.topics ? shownText(options.topics) : 'all topics'
  return `${options['dry-run'] ? 'Plan for' : 'Restore of'} ${what.length > 80 ? `${what.slice(0, 80)} …` : what}`
}

/** What can be done after a run: what was planned, or the rest of what was begun. */
function nextOf({ state, args, document }: Run<'restore'>) {
  const { 'dry-run': dryRun, purge, ...options } = args.options
  if (options.undo || state === 'running') return undefined
  if (dryRun) {
    if (!document || document.refusals.length > 0) return undefined
    return {
      label: options['groups-only'] ? 'Set groups' : 'Restore',
      isMain: true,
      options: { ...options, ...(purge && { purge }) },
    }
  }
  // What was purged is being restored, and would be lost again.
  return state === 'done' ? undefined : { label: 'Continue', isMain: false, options }
}
