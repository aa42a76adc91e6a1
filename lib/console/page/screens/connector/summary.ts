import type { ComponentChildren } from 'preact'
import type { DocumentOf } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText, numberText } from '../../parts/number.ts'
import { Shown } from '../../parts/shown-text.ts'
import { StateBadge } from '../../parts/state-badge.ts'
import { Ago, durationText } from '../../parts/time.ts'
import { hrefOf } from '../../route.ts'

type Health = DocumentOf<'describe'>

/** Who has to act, in words. */
const actors = { person: 'Someone has to act.', system: 'It passes by itself.' }

/** The connector's state with its reasons, and the figures that tell most. */
export function Summary({ health }: { health: Health }) {
  const { findings, lag, oldestUnreadAgeMs, recordsInPerMinute, recordsOutPerMinute, lastSuccess } = health
  const { failed24h, stops24h, name } = health
  return html`
    <section class="panel connector-summary" aria-label="State">
      <ul class="connector-findings">
        ${findings.map(
          ({ state, reason, act }) => html`<li>
            <${StateBadge} state=${state} /> <span><${Shown} text=${reason} />.${' '}
            ${act && html`<strong>${actors[act]}</strong>`}</span>
          </li>`,
        )}
      </ul>
      <dl>
        <${Fact} name="Unread" of=${lag} text=${(lag: number) => countText(lag, 'record')} />
        <${Fact} name="Oldest unread" of=${oldestUnreadAgeMs} text=${durationText} none=${lag === 0 ? 'all is read' : undefined} />
        <${Fact} name="Last delivered" of=${lastSuccess} text=${(time: string) => html`<${Ago} time=${Date.parse(time)} />`} />
        <${Fact} name="In" of=${recordsInPerMinute} text=${perMinute} />
        <${Fact} name="Out" of=${recordsOutPerMinute} text=${perMinute} />
        <${Fact} name="Failed in 24 h" of=${failed24h} text=${(count: number) =>
          count > 0 ? html`<a href=${hrefOf({ screen: 'failed', name })}>${countText(count, 'record')}</a>` : 'none'} />
        <${Fact} name="Stops in 24 h" of=${stops24h} text=${(count: number) => (count > 0 ? numberText(count) : 'none')} />
      </dl>
      <${Unknown} unknown=${health.unknown} />
    </section>
  `
}

export const perMinute = (rate: number) => `${numberText(rate)} / min`

function Fact<T>({
  name,
  of,
  text,
  none = 'not known',
}: {
  name: string
  of: T | null
  text: (of: T) => ComponentChildren
  none?: string
}) {
  return html`<div><dt>${name}</dt><dd>${of === null ? html`<span class="quiet">${none}</span>` : text(of)}</dd></div>`
}

/** Names of figures as people know them. */
const figures: Record<string, string> = {
  lag: 'the unread records',
  exactLag: 'the exact number of unread records',
  oldestUnread: 'the oldest unread record',
  oldestUnreadAgeMs: 'its age',
  recordsInPerMinute: 'the rate in',
  recordsOutPerMinute: 'the rate out',
  failed24h: 'failed records',
  stops24h: 'stops',
  lastSuccess: 'the last delivery',
  lastError: 'the last error',
  mappings: 'the mappings',
  staged: 'what is staged',
  partitions: 'the partitions',
  newestCheckpoint: 'the newest checkpoint',
}

/** Why figures are not known: each reason once. */
function Unknown({ unknown }: { unknown: Record<string, string> }) {
  const reasons = Map.groupBy(Object.entries(unknown), ([, reason]) => reason)
  if (reasons.size === 0) return null
  return html`<ul class="connector-unknown quiet">
    ${Array.from(
      reasons,
      ([reason, fields]) =>
        html`<li>Can’t see ${fields.map(([field]) => figures[field] ?? field).join(', ')}: <${Shown} text=${reason} /></li>`,
    )}
  </ul>`
}
