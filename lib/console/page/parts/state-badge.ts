import type { State } from '../../../health/state.ts'
import { html } from '../html.ts'

/** Each state's colour. */
const tones: Record<State, 'bad' | 'warn' | 'off' | 'good'> = {
  FAILING: 'bad',
  STOPPED: 'bad',
  DEGRADED: 'warn',
  PAUSED: 'off',
  RUNNING: 'good',
  'NOT DEPLOYED': 'off',
}

/** A connector's state. The word says it, and the colour lets it be found. */
export function StateBadge({ state }: { state: State }) {
  return html`<span class="badge ${tones[state]}">${state}</span>`
}
