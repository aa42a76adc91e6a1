import type { DocumentOf, ServiceAnswer } from '../../api/index.ts'
import { html } from '../html.ts'
import { type Live, useLive } from '../live.ts'
import { countText, numberText } from '../parts/number.ts'
import { StateBadge } from '../parts/state-badge.ts'
import { Ago } from '../parts/time.ts'
import { Trouble } from '../parts/trouble.ts'
import { go, type Route } from '../route.ts'
import { Card } from './connectors/card.ts'
import type { Shown } from './connectors/shown.ts'

/** From this number on, a field finds connectors by a part of their name or of a topic. */
const FIND_FROM = 7

/** Every connector, those first that need somebody. */
export function Connectors({ route }: { route: Route }) {
  const service = useLive('service', {})
  const list = useLive('list', {})
  const shown = shownOf(service.answer, list.answer)
  const { state = '', find = '' } = route.chosen
  const wanted = shown.filter(
    one => (state === '' || one.health?.state === state) && (find === '' || textOf(one).includes(find.toLowerCase())),
  )
  if (!service.answer) return html`<h1>Connectors</h1><p class="quiet">Loading …</p>`
  return html`
    <div class="row connectors-head">
      <h1>Connectors</h1>
      <${States} of=${shown} chosen=${route.chosen} />
      <${Age} of=${list} />
    </div>
    ${shown.length >= FIND_FROM && html`<${Find} chosen=${route.chosen} />`}
    <${Trouble} of=${list} what="how the connectors are" />
    ${shown.length === 0 && html`<p class="panel">No connector is declared.</p>`}
    ${shown.length > 0 && wanted.length === 0 && html`<p class="panel">No connector matches. <a href="#/connectors">Show all</a></p>`}
    <div class="cards connector-cards">
      ${wanted.map(({ declared, health }) => html`<${Card} key=${declared.name} declared=${declared} health=${health} />`)}
    </div>
  `
}

/** Those whose health is known in its order, the worst first, and then the others as they are declared. */
function shownOf(service?: ServiceAnswer, list?: DocumentOf<'list'>): Shown[] {
  const declared = new Map(service?.connectors.map(one => [one.name, one]))
  const known = (list?.connectors ?? []).flatMap(health => {
    const one = declared.get(health.name)
    return one ? [{ declared: one, health }] : []
  })
  for (const { declared: one } of known) declared.delete(one.name)
  return [...known, ...Array.from(declared.values(), one => ({ declared: one }))]
}

function textOf({ declared, health }: Shown): string {
  const { name, topics, pattern } = declared
  return [name, pattern, ...(topics ?? health?.topics ?? [])].join('\n').toLowerCase()
}

/** How many connectors are in each state. A press shows only those. */
function States({ of, chosen }: { of: Shown[]; chosen: Route['chosen'] }) {
  const states = Map.groupBy(
    of.flatMap(({ health }) => (health ? [health.state] : [])),
    state => state,
  )
  const choose = (state: string) => go({ screen: 'connectors', chosen: { ...chosen, state } }, { replace: true })
  return html`
    <div class="row states" role="group" aria-label="Show by state">
      ${Array.from(
        states,
        ([state, { length }]) => html`
          <button type="button" class="state" aria-pressed=${chosen.state === state} onClick=${() => choose(chosen.state === state ? '' : state)}>
            <span class="number">${numberText(length)}</span> <${StateBadge} state=${state} />
          </button>
        `,
      )}
      ${chosen.state && html`<button type="button" class="plain" onClick=${() => choose('')}>Show all ${countText(of.length, 'connector')}</button>`}
    </div>
  `
}

function Age({ of }: { of: Live<'list'> }) {
  if (of.time !== undefined) return html`<span class="quiet age">as of <${Ago} time=${of.time} /></span>`
  return of.error ? null : html`<span class="quiet age" role="status">Asking how they are …</span>`
}

function Find({ chosen }: { chosen: Route['chosen'] }) {
  const find = ({ target }: Event) =>
    go({ screen: 'connectors', chosen: { ...chosen, find: (target as HTMLInputElement).value } }, { replace: true })
  return html`
    <form class="fields" role="search" onSubmit=${(event: Event) => event.preventDefault()}>
      <label>Find by name or topic<input type="search" value=${chosen.find ?? ''} onInput=${find} /></label>
    </form>
  `
}
