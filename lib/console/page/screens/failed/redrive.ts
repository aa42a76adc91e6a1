import { useEffect, useRef, useState } from 'preact/hooks'
import type { FailedAnswer, Run } from '../../../api/index.ts'
import { act, useRuns } from '../../act.ts'
import { html } from '../../html.ts'
import { AskError, useLive } from '../../live.ts'
import { Dialog } from '../../parts/dialog.ts'
import { countText, numberText } from '../../parts/number.ts'
import { RunState } from '../../parts/run-state.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { rangesText } from './ranges.ts'
import { RedriveResult } from './result.ts'

/** What is asked for, as it stands in the form. */
export interface RedriveAsked {
  /** Empty: all. */
  code: string
  /** Such as `orders-0:3,50-60`; empty: all. */
  offsets: string
  /** Records at most, and records a second; empty: no limit. */
  limit: string
  rate: string
  /** Counts the requests to show the form; 0: nobody has asked for it yet. */
  asked: number
}

export const emptyRedrive: RedriveAsked = { code: '', offsets: '', limit: '', rate: '', asked: 0 }

/** What to ask for so that the records of a cause, or of a row, are done again. */
export function redriveOf({ code = '', row }: { code?: string; row?: FailedAnswer['rows'][number] }): RedriveAsked {
  const asked = Date.now()
  if (!row) return { ...emptyRedrive, code, asked }
  const { topic, partition, ranges, more, last } = row
  // The page doesn't know all ranges of a long row: between the first and the last offset, its code tells which they are.
  const runs = more > 0 ? `${ranges[0]?.[0]}-${last}` : rangesText(ranges).replaceAll(' ', '')
  return { ...emptyRedrive, code: row.code, offsets: `${topic}-${partition}:${runs}`, asked }
}

interface RedriveProps {
  name: string
  asked: RedriveAsked
  change(asked: RedriveAsked): void
  answer?: FailedAnswer
  /** From when on records are listed, such as `7d` or `all`. */
  since: string
}

/** Does failed records again: chosen ones, first as a dry run. */
export function Redrive({ name, asked, change, answer, since }: RedriveProps) {
  const runs = useRuns('redrive', name)
  const [isConfirming, setConfirming] = useState(false)
  const [problem, setProblem] = useState('')
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (asked.asked === 0) return
    form.current?.scrollIntoView({ block: 'center' })
    form.current?.querySelector('select')?.focus()
  }, [asked.asked])
  const begin = (dryRun: boolean, confirmed?: string) => act('redrive', argsOf(name, asked, since, dryRun), confirmed)
  const dryRun = async (event: Event) => {
    event.preventDefault()
    try {
      setProblem('')
      await begin(true)
    } catch (error) {
      setProblem(error instanceof AskError ? error.document.message : (error as Error).message)
    }
  }
  const isRunning = runs.some(({ state }) => state === 'running')
  const nothing = answer?.records === 0
  if (nothing && runs.length === 0) return null
  return html`
    <h2>Redrive</h2>
    ${
      !nothing &&
      html`
      <p class="quiet">Processes failed records again with the connector’s settings. Each record is in the result once, however often it is redriven. A dry run changes nothing.</p>
      <form ref=${form} class="fields" onSubmit=${dryRun}>
        <${Fields} asked=${asked} change=${change} causes=${answer?.causes ?? []} />
        <button type="submit" class="primary" disabled=${isRunning}>Dry run</button>
        <button type="button" disabled=${isRunning} onClick=${() => form.current?.reportValidity() && setConfirming(true)}>Redrive …</button>
      </form>`
    }
    ${problem && html`<p class="problem" role="alert"><${Shown} text=${problem} /></p>`}
    ${runs.slice(0, SHOWN_RUNS).map(run => html`<div class="panel failed-run" key=${run.id}><${RunState} run=${run} title=${titleOf(run)} /><${RedriveResult} run=${run} /></div>`)}
    ${
      isConfirming &&
      html`<${Dialog} title="Redrive failed records" action="Redrive" typed=${name} close=${() => setConfirming(false)}
        perform=${(confirmed?: string) => begin(false, confirmed)}>
        <${Consequences} name=${name} asked=${asked} answer=${answer} />
      <//>`
    }
  `
}

/** Runs that are shown, the newest first. */
const SHOWN_RUNS = 5

function argsOf(name: string, { code, offsets, limit, rate }: RedriveAsked, since: string, dryRun: boolean) {
  return {
    ...{ name, dryRun },
    ...(since !== 'all' && { since }),
    ...(code !== '' && { code }),
    ...(offsets !== '' && { offsets }),
    ...(limit !== '' && { limit: Number(limit) }),
    ...(rate !== '' && { rate: `${rate}/s` }),
  }
}

function titleOf({ args: { dryRun, code, offsets = '' } }: Run<'redrive'>): string {
  const what = [code, shortened(offsets)].filter(Boolean).join(', ')
  return `${dryRun ? 'Dry run' : 'Redrive'}${what && ` of ${shownText(what)}`}`
}

/** Characters of offsets in a sentence. */
const MOST_OFFSETS = 60

function shortened(offsets: string): string {
  return offsets.length > MOST_OFFSETS ? `${offsets.slice(0, MOST_OFFSETS)} …` : offsets
}

interface FieldsProps extends Pick<RedriveProps, 'asked' | 'change'> {
  causes: FailedAnswer['causes']
}

function Fields({ asked, change, causes }: FieldsProps) {
  const { code, offsets, limit, rate } = asked
  const set = (field: keyof RedriveAsked) => (event: Event) =>
    change({ ...asked, [field]: (event.target as HTMLInputElement).value.trim() })
  const isListed = code === '' || causes.some(cause => cause.code === code)
  return html`
    <label>Cause
      <select value=${code} onChange=${set('code')}>
        <option value="">any</option>
        ${!isListed && html`<option value=${code}>${shownText(code)}</option>`}
        ${causes.map(cause => html`<option value=${cause.code}>${shownText(cause.code)}</option>`)}
      </select>
    </label>
    <label class="failed-offsets-field">Offsets
      <input value=${offsets} onInput=${set('offsets')} placeholder="all, or orders-0:3,50-60" autocomplete="off" spellcheck=${false} />
    </label>
    <label>Records at most
      <input class="failed-number" value=${limit} onInput=${set('limit')} inputmode="numeric" pattern="[1-9][0-9]{0,11}" title="A whole number" placeholder="all" autocomplete="off" />
    </label>
    <label>Records a second
      <input class="failed-number" value=${rate} onInput=${set('rate')} inputmode="numeric" pattern="[1-9][0-9]{0,8}" title="A whole number" placeholder="no limit" autocomplete="off" />
    </label>
  `
}

/** What happens, in concrete terms. */
function Consequences({ name, asked, answer }: Pick<RedriveProps, 'name' | 'asked' | 'answer'>) {
  const { code, offsets, limit, rate } = asked
  const connector = useLive('service', {}).answer?.connectors.find(connector => connector.name === name)
  const records = code === '' ? answer?.records : answer?.causes.find(cause => cause.code === code)?.records
  // How many of them are at the given offsets is for the dry run to count.
  const all =
    records === undefined || offsets !== '' ? 'the failed records' : `the ${countText(records, 'failed record')}`
  return html`
    <p class="failed-consequences">
      Takes ${limit !== '' && `at most ${numberText(Number(limit))} of `}${all}${code !== '' && html` with <code>${shownText(code)}</code>`}${offsets !== '' && html`, those at <code>${shownText(shortened(offsets))}</code>,`}
      ${' '}from where they are now, and ${connector?.type === 'replicate' ? 'produces them to the target cluster' : 'writes them to the bucket'} with the settings of ${name}${rate !== '' && `, ${countText(Number(rate), 'record')} a second`}. This console does it.
    </p>
    <p class="failed-consequences quiet">What is in the result already is not written again. What fails again stays listed, with its new code. Records that the trigger delivers again are left to it. When it is cancelled, the next redrive continues.</p>
  `
}
