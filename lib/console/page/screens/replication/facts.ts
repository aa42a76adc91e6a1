import type { ComponentChildren } from 'preact'
import type { ReplicationAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText } from '../../parts/number.ts'
import { Ago } from '../../parts/time.ts'

/** `sync-offsets` runs every minute, so a sign of it that is older than three of its runs means that it doesn't. */
const STALE_MS = 3 * 60_000

/** What matters before a failover, at a glance. */
export function Facts({ answer }: { answer: ReplicationAnswer }) {
  const { syncOffsets, heartbeat, newestCheckpoint } = answer
  return html`
    <dl class="replication-facts">
      <${Fact} name="Not on the target yet">${behindText(answer)}<//>
      ${
        syncOffsets
          ? html`
            <${Fact} name="Heartbeat on the target">
              ${heartbeat === null ? html`<span class="badge warn">none</span>` : html`<${Sign} time=${heartbeat} />`}
            <//>
            <${Fact} name="Newest checkpoint">
              ${newestCheckpoint === null ? 'none' : html`<${Ago} time=${newestCheckpoint} />`}
            <//>
            <${Fact} name="Consumer groups after a failover"><${Readiness} answer=${answer} /><//>
          `
          : html`<${Fact} name="Consumer groups">
            Their positions are not translated. Declare <code>syncOffsets</code> to have checkpoints and heartbeats written.
          <//>`
      }
    </dl>
  `
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return html`<div class="panel"><dt>${name}</dt><dd>${children}</dd></div>`
}

function behindText({ behind }: ReplicationAnswer): string {
  if (behind === null) return 'not known'
  return behind === 0 ? 'nothing' : countText(behind, 'record')
}

/** A heartbeat shows that `sync-offsets` has reached both clusters. */
function Sign({ time }: { time: number }) {
  const isStale = Date.now() - time > STALE_MS
  return html`<span class="badge ${isStale ? 'warn' : 'good'}">${isStale ? 'late' : 'beats'}</span> <${Ago} time=${time} />`
}

/** How many groups know where to begin on the target. */
function Readiness({ answer: { groups, groupCount } }: { answer: ReplicationAnswer }) {
  if (groupCount === 0) return html`No group has a position in these topics.`
  const ready = groups.filter(({ undecided }) => undecided === 0).length
  const again = groups.reduce((sum, group) => sum + group.again, 0)
  return html`${ready} of ${groups.length} know where to begin, and would read ${countText(again, 'record')} twice.`
}
