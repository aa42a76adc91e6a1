import { useState } from 'preact/hooks'
import type { Acts, DocumentOf, Run } from '../../api/index.ts'
import { useRunsOf } from '../act.ts'
import { html } from '../html.ts'
import { hrefOf } from '../route.ts'
import { type ButtonAct, buttonActs } from './connector-acts.ts'
import { countText, numberText } from './number.ts'
import { RunState } from './run-state.ts'
import { Shown } from './shown-text.ts'

const titles: Record<ButtonAct, string> = { check: 'Check', test: 'Test', pause: 'Pause', resume: 'Resume' }

/** Runs whose results a person has put away. They stay so on every screen. */
const hidden = new Set<string>()

/** What came of the last button that was pressed for a connector. */
export function ActResult({ name }: { name: string }) {
  const [, setHidden] = useState(0)
  const [newest] = useRunsOf(buttonActs, name)
  if (!newest || hidden.has(newest.id)) return null
  const hide = () => setHidden(hidden.add(newest.id).size)
  return html`
    <div class="act-result">
      <${RunState} run=${newest} title=${titles[newest.act]} />
      ${newest.document && html`<${Result} run=${newest} />`}
      ${newest.ended !== null && html`<button type="button" class="plain" onClick=${hide}>Hide this result</button>`}
    </div>
  `
}

/** The document of a run in words. */
function Result({ run }: { run: Run<ButtonAct> }) {
  const results: { [Name in ButtonAct]: (document: Acts[Name]['document']) => unknown } = {
    check: document => html`<${CheckResults} document=${document} />`,
    test: document => html`<${TestResult} document=${document} />`,
    pause: document => html`<${SwitchResult} document=${document} />`,
    resume: document => html`<${SwitchResult} document=${document} />`,
  }
  return results[run.act](run.document as never)
}

function CheckResults({ document }: { document: DocumentOf<'check'> }) {
  return document.connectors.map(({ results, warnings }) => {
    const failed = results.filter(({ ok }) => !ok).length
    const summary =
      failed > 0
        ? `${numberText(failed)} of ${countText(results.length, 'check')} failed`
        : `${countText(results.length, 'check')} passed`
    return html`
      <details open=${failed > 0 || results.length <= 12}>
        <summary>${summary}${warnings.length > 0 && `, ${countText(warnings.length, 'warning')}`}</summary>
        <ul class="checks">
          ${results.map(({ check, ok, warning, detail, errorCode, act }) => {
            const tone = !ok ? 'bad' : warning ? 'warn' : 'good'
            return html`<li class=${tone}>
              <span class="mark" role="img" aria-label=${words[tone]}>${marks[tone]}</span>
              <span><strong><${Shown} text=${check} /></strong> <${Shown} text=${detail} />${
                errorCode && html` <code>${errorCode}</code>`
              }${act && html` <span class="quiet">(${act === 'person' ? 'someone has to act' : 'it passes by itself'})</span>`}</span>
            </li>`
          })}
          ${warnings.map(
            ({ path, message }) => html`<li class="warn">
              <span class="mark" role="img" aria-label=${words.warn}>${marks.warn}</span>
              <span><strong><code>${path}</code></strong> <${Shown} text=${message} /></span>
            </li>`,
          )}
        </ul>
      </details>
    `
  })
}

const marks = { good: '✓', warn: '!', bad: '✗' }
const words = { good: 'passed', warn: 'warning', bad: 'failed' }

function TestResult({ document }: { document: DocumentOf<'test'> }) {
  const { connector, sent, seconds, found } = document
  // What did not arrive is the run's error.
  if (!found) return null
  const took = `after ${numberText(seconds)} s`
  if ('key' in found)
    return html`<p>Arrived ${took}: <a href=${hrefOf({ screen: 'objects', name: connector, chosen: { key: found.key } })}>s3://<${Shown} text=${`${found.bucket}/${found.key}`} /></a></p>`
  const { topic, partition, offset } = found
  return html`<p>Arrived ${took}: <${Shown} text=${topic} />, partition ${partition}, offset ${numberText(offset)}. Sent to
    partition ${sent.partition}, offset ${numberText(sent.offset)}.</p>`
}

function SwitchResult({ document }: { document: DocumentOf<'pause'> }) {
  const { reads, topics, changed } = document
  const which = topics.map((topic, index) => html`${index > 0 && ', '}<${Shown} text=${topic} />`)
  if (changed.length === 0) return html`<p>It ${reads ? 'already reads' : 'had already stopped reading'} ${which}.</p>`
  return html`<p>It ${reads ? 'reads' : 'has stopped reading'} ${which}.</p>`
}
