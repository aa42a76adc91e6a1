import type { HistoryAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { numberText } from '../../parts/number.ts'
import { durationText, timeText, useNow } from '../../parts/time.ts'
import type { Health } from './shown.ts'

const MINUTE = 60_000

interface ClocksProps {
  type: 'dump' | 'replicate'
  health?: Health
  history?: HistoryAnswer
}

/** The three figures that tell how far a connector is behind. */
export function Clocks({ type, health, history }: ClocksProps) {
  const now = useNow()
  const written = health && writtenOf(health, history)
  return html`
    <dl class="clocks">
      <div>
        <dt>Unread records</dt>
        <dd>${health ? lagText(health) : '…'}</dd>
      </div>
      <div>
        <dt>Oldest unread</dt>
        <dd title=${health?.oldestUnread ? timeText(Date.parse(health.oldestUnread)) : undefined}>${health ? oldestText(health) : '…'}</dd>
      </div>
      <div>
        <dt>${type === 'dump' ? 'Newest object' : 'Last arrival'}</dt>
        <dd title=${written ? timeText(written) : undefined}>${written === undefined ? '…' : writtenText(written, now)}</dd>
      </div>
    </dl>
  `
}

/** Without a value, a dash; when it is not known, a question mark, and the reason is in the card. */
const noneText = (unknown: string | undefined) => (unknown === undefined ? '–' : '?')

function lagText({ lag, unknown }: Health): string {
  if (lag === null) return noneText(unknown.lag)
  return `${unknown.exactLag === undefined ? '' : '~'}${numberText(lag)}`
}

function oldestText({ oldestUnreadAgeMs, lag, unknown }: Health): string {
  if (oldestUnreadAgeMs === null) return noneText(lag === 0 ? undefined : unknown.oldestUnread)
  return oldestUnreadAgeMs < 1_000 ? '< 1 s' : durationText(oldestUnreadAgeMs)
}

/**
 * When the newest object was written, or records last arrived, in milliseconds since the epoch; null: not in the last day, and
 * undefined: not known yet. A delivery with rotation is a staged batch, and no object that anybody reads.
 */
function writtenOf({ lastSuccess, companions }: Health, history?: HistoryAnswer): number | null | undefined {
  const rotates = companions.some(companion => companion.function === 'compact')
  const delivered = rotates || lastSuccess === null ? 0 : Date.parse(lastSuccess)
  if (history === undefined && delivered === 0) return undefined
  return Math.max(delivered, history?.newestWritten ?? 0) || null
}

function writtenText(written: number | null, now: number): string {
  if (written === null) return '> 1 d'
  const age = Math.max(now - written, 0)
  // Metrics tell the minute only, and the logs of a connector in trouble the moment.
  if (written % MINUTE > 0) return age < 1_000 ? '< 1 s' : durationText(age)
  return age < MINUTE ? '< 1 min' : `~${durationText(Math.floor(age / MINUTE) * MINUTE)}`
}
