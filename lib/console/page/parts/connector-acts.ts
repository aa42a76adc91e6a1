import { useState } from 'preact/hooks'
import type { Acts } from '../../api/index.ts'
import { act, useRunsOf } from '../act.ts'
import { html } from '../html.ts'
import { Dialog } from './dialog.ts'
import { countText } from './number.ts'
import { Shown } from './shown-text.ts'
import { TestDialog } from './test-dialog.ts'

/** What can be done with a connector by a button. */
export const buttonActs = ['check', 'test', 'pause', 'resume'] as const
export type ButtonAct = (typeof buttonActs)[number]

interface ConnectorActsProps {
  name: string
  type: 'dump' | 'replicate'
  mappings: { topic: string; state: string }[]
  /** Whether there is a function that can be asked. */
  isDeployed: boolean
}

/** Buttons that check, test, pause and resume a connector. What comes of it is shown by `ActResult`. */
export function ConnectorActs({ name, type, mappings, isDeployed }: ConnectorActsProps) {
  const [asked, setAsked] = useState<ButtonAct>()
  const [problem, setProblem] = useState('')
  const isRunning = useRunning(name)
  if (!isDeployed) return html`<p class="quiet">It can be checked once it is deployed.</p>`
  const perform = async <Name extends ButtonAct>(name: Name, args: Acts[Name]['args'], confirmed?: string) => {
    setProblem('')
    await act(name, args, confirmed)
  }
  const check = () => perform('check', { name }).catch(error => setProblem((error as Error).message))
  const close = () => setAsked(undefined)
  const isOn = ({ state }: { state: string }) => state !== 'Disabled'
  const of = html`<span class="unseen"> ${name}</span>`
  // A button that is really disabled would lose the focus when it is pressed.
  const button = (act: ButtonAct, text: string, begin: () => unknown) =>
    html`<button type="button" aria-disabled=${isRunning(act)} onClick=${() => isRunning(act) || begin()}>${text}${of}</button>`
  return html`
    <div class="row acts">
      ${button('check', 'Check', check)}
      ${mappings.some(isOn) && button('test', 'Test', () => setAsked('test'))}
      ${mappings.some(isOn) && button('pause', 'Pause', () => setAsked('pause'))}
      ${mappings.some(mapping => !isOn(mapping)) && button('resume', 'Resume', () => setAsked('resume'))}
    </div>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${
      asked === 'test' &&
      html`<${TestDialog} name=${name} type=${type} topics=${mappings.filter(isOn).map(({ topic }) => topic)} perform=${(
        args: Acts['test']['args'],
      ) => perform('test', args)} close=${close} />`
    }
    ${
      asked === 'pause' &&
      html`<${Dialog} title=${`Pause ${name}?`} action="Pause" typed=${name} close=${close}
        perform=${(confirmed?: string) => perform('pause', { name }, confirmed)}>
        <p>It stops reading <${Topics} of=${mappings.filter(isOn)} />. What is being delivered now is finished.</p>
        <p>Records wait in Kafka, and ${type === 'dump' ? 'go into the bucket' : 'are replicated'} once it is resumed. What Kafka’s
          retention deletes before that is lost. Its scheduled functions keep running.</p>
      <//>`
    }
    ${
      asked === 'resume' &&
      html`<${Dialog} title=${`Resume ${name}?`} action="Resume" close=${close} perform=${() => perform('resume', { name })}>
        <p>It reads <${Topics} of=${mappings.filter(mapping => !isOn(mapping))} /> again, from where it stopped.</p>
      <//>`
    }
  `
}

/** Tells whether an act is being done with a connector. */
function useRunning(name: string): (act: ButtonAct) => boolean {
  const runs = useRunsOf(buttonActs, name)
  return act => runs.some(run => run.act === act && run.state === 'running')
}

/** How many topics a sentence names. */
const NAMED = 5

function Topics({ of }: { of: { topic: string }[] }) {
  const named = of.slice(0, NAMED)
  const others = of.length - named.length
  return html`<strong>${named.map(({ topic }, index) => html`${index > 0 && ', '}<${Shown} text=${topic} />`)}</strong>${
    others > 0 && ` and ${countText(others, 'other topic')}`
  }`
}
