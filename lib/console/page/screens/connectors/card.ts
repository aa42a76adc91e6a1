import { useRef } from 'preact/hooks'
import { html } from '../../html.ts'
import { type Live, useLive } from '../../live.ts'
import { ActResult } from '../../parts/act-result.ts'
import { ConnectorActs } from '../../parts/connector-acts.ts'
import { numberText } from '../../parts/number.ts'
import { Shown } from '../../parts/shown-text.ts'
import { StateBadge } from '../../parts/state-badge.ts'
import { hrefOf } from '../../route.ts'
import { Clocks } from './clocks.ts'
import { Lines } from './lines.ts'
import { Reasons } from './reasons.ts'
import { useSeen } from './seen.ts'
import type { Declared, Shown as ShownConnector } from './shown.ts'

/** The time that the lines of a card show, in minutes. */
const MINUTES = 60

/** How many topics a card names. */
const NAMED = 4

/** A connector at a glance: its state and why, how far it is behind, and what can be done. */
export function Card({ declared, health }: ShownConnector) {
  const card = useRef<HTMLElement>(null)
  // A hundred connectors have more lines than anybody sees at a time.
  const isSeen = useSeen(card)
  const { name, type } = declared
  const history = useLast(useLive('history', isSeen ? { name, minutes: MINUTES } : undefined))
  const failed = health?.failed24h ?? 0
  return html`
    <article ref=${card} class="card connector-card" aria-label=${name}>
      <div class="row">
        <h2><a href=${hrefOf({ screen: 'connector', name })}><${Shown} text=${name} /></a></h2>
        ${health && html`<${StateBadge} state=${health.state} />`}
      </div>
      <p class="quiet topics">${type === 'dump' ? 'Dumps' : 'Replicates'} <${Topics} declared=${declared} topics=${health?.topics ?? declared.topics ?? []} /></p>
      ${health ? html`<${Reasons} health=${health} />` : html`<p class="quiet">Asking how it is …</p>`}
      <${Clocks} type=${type} health=${health} history=${history.answer} />
      <${Lines} history=${history} health=${health} minutes=${MINUTES} />
      ${
        failed > 0 &&
        html`<p><a href=${hrefOf({ screen: 'failed', name })}>${numberText(failed)} failed in the last 24 hours</a></p>`
      }
      ${health && html`<${ConnectorActs} name=${name} type=${type} mappings=${health.mappings} isDeployed=${health.state !== 'NOT DEPLOYED'} />`}
      <${ActResult} name=${name} />
    </article>
  `
}

/** Lines that were seen stay while the card is out of sight. */
function useLast(history: Live<'history'>): Live<'history'> {
  const last = useRef(history)
  if (history.answer || history.error) last.current = history
  return last.current
}

function Topics({ declared, topics }: { declared: Declared; topics: string[] }) {
  const named = topics.slice(0, NAMED)
  const others = topics.length - named.length
  return html`${declared.pattern !== null && html`what matches <code><${Shown} text=${declared.pattern} /></code>${named.length > 0 && ': '}`}${named.map(
    (topic, index) => html`${index > 0 && ', '}<${Shown} text=${topic} />`,
  )}${others > 0 && ` and ${numberText(others)} more`}`
}
