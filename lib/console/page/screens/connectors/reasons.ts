import { html } from '../../html.ts'
import { Shown } from '../../parts/shown-text.ts'
import type { Health } from './shown.ts'

type Act = Health['act']

/** Who has to act. */
const acts: Record<NonNullable<Act>, string> = { person: 'Someone has to act', system: 'It passes by itself' }

/** Why a connector is in its state and who acts, what else was found, and what can't be known. */
export function Reasons({ health }: { health: Health }) {
  const { findings, unknown } = health
  const [first, ...others] = findings
  const missing = missingOf(unknown, findings)
  return html`
    ${first && html`<p class="reason"><${Finding} ...${first} /></p>`}
    ${others.length > 0 && html`<ul class="reasons">${others.map(finding => html`<li><${Finding} ...${finding} /></li>`)}</ul>`}
    ${missing.map(
      ([reason, fields]) =>
        html`<p class="quiet reason">Not known: ${fields.map(fieldText).join(', ')}. <${Shown} text=${reason} /></p>`,
    )}
  `
}

function Finding({ reason, act }: { reason: string; act: Act }) {
  return html`<${Shown} text=${reason} />.${act && html` <strong class="act">${acts[act]}.</strong>`}`
}

/** Fields by the reason why they are not known, unless that is what was found. */
function missingOf(unknown: Health['unknown'], findings: Health['findings']): [string, string[]][] {
  const byReason = Map.groupBy(Object.keys(unknown), field => unknown[field] ?? '')
  return [...byReason].filter(([reason]) => !findings.some(finding => finding.reason.includes(reason)))
}

/** `oldestUnread` → `oldest unread`. */
function fieldText(field: string): string {
  return field.replaceAll(/([A-Z])/g, ' $1').toLowerCase()
}
