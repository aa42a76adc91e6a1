import type { DocumentOf, Flow } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { numberText } from '../../parts/number.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { Ago } from '../../parts/time.ts'

type Health = DocumentOf<'describe'>
type Companion = Health['companions'][number]

/** The functions that run beside the connector's own, with how their last run went. */
export function Companions({ health: { companions } }: { health: Health }) {
  if (companions.length === 0) return null
  return html`
    <section aria-labelledby="companions">
      <h2 id="companions">Companions</h2>
      <div class="scroll panel connector-table" tabindex="0" role="region" aria-label="Table of companions">
        <table>
          <thead><tr><th scope="col">Function</th><th scope="col">Last run</th><th scope="col">Result</th></tr></thead>
          <tbody>${companions.map(companion => html`<${Run} ...${companion} />`)}</tbody>
        </table>
      </div>
    </section>
  `
}

function Run({ function: file, ok, lastRun, lastError, result, unknown }: Companion) {
  return html`<tr>
    <th scope="row">${file}</th>
    <td>
      ${lastRun ? html`<${Ago} time=${Date.parse(lastRun)} />` : html`<span class="quiet"><${Shown} text=${unknown.lastRun ?? 'not known'} /></span>`}
      ${ok === false && html` <span class="badge bad">failed</span>`}
    </td>
    <td>
      ${lastError && html`<div class="problem"><${Shown} text=${lastError.message} /> <code>${shownText(lastError.code)}</code></div>`}
      <${Result} result=${result} />
    </td>
  </tr>`
}

/** What a run has counted. Zeros tell nothing. */
function Result({ result }: { result: Companion['result'] }) {
  const told = Object.entries(result).filter(([, value]) => value !== 0)
  return html`${told.map(
    ([name, value]) =>
      html`<span class="connector-count">${wordsOf(name)} <strong>${typeof value === 'number' ? numberText(value) : shownText(JSON.stringify(value))}</strong></span> `,
  )}`
}

/** `groupsSet` as `groups set`. */
function wordsOf(name: string): string {
  return shownText(name.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`))
}

/** The event source mappings of the connector. */
export function Mappings({ health: { mappings }, flow }: { health: Health; flow?: Flow }) {
  return html`
    <section aria-labelledby="mappings">
      <h2 id="mappings">Mappings</h2>
      <div class="scroll panel connector-table connector-tall" tabindex="0" role="region" aria-label="Table of mappings">
        <table>
          <thead>
            <tr><th scope="col">Topic</th><th scope="col">State</th><th scope="col">Last result</th><th scope="col">Consumer group</th></tr>
          </thead>
          <tbody>
            ${mappings.map(
              ({ topic, state, lastResult }) => html`<tr>
                <th scope="row"><${Shown} text=${topic} /></th>
                <td>${state}</td>
                <td class=${lastResult?.startsWith('PROBLEM') ? 'problem' : ''}><${Shown} text=${lastResult ?? '–'} /></td>
                <td>${flow ? flow.consumerGroup.replaceAll('{topic}', shownText(topic)) : ''}</td>
              </tr>`,
            )}
          </tbody>
        </table>
        ${mappings.length === 0 && html`<p class="quiet">There is none.</p>`}
      </div>
    </section>
  `
}
