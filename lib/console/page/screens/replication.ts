import type { ReplicationAnswer, ReplicationGap } from '../../api/index.ts'
import { html } from '../html.ts'
import { useLive } from '../live.ts'
import { Shown } from '../parts/shown-text.ts'
import { Ago } from '../parts/time.ts'
import { Trouble } from '../parts/trouble.ts'
import type { Route } from '../route.ts'
import { Facts } from './replication/facts.ts'
import { Groups } from './replication/groups.ts'
import { Offsets } from './replication/offsets.ts'

/** Both clusters of a replication side by side, and what consumer groups would read on the target after a failover. */
export function Replication({ route }: { route: Route }) {
  const { topic, group } = route.chosen
  const live = useLive('replication', { name: route.name, topic, group })
  const { answer } = live
  return html`
    <h1>Replication ${answer && html`<${Direction} ...${answer} />`}</h1>
    <${Trouble} of=${live} what="the replication" />
    ${!answer && !live.error && html`<p class="quiet">Asking both clusters …</p>`}
    ${
      answer &&
      html`
        <${Unknown} of=${answer.unknown} />
        <${Facts} answer=${answer} />
        <${Offsets} answer=${answer} route=${route} />
        <${Groups} answer=${answer} route=${route} />
      `
    }
  `
}

function Direction({ source, target }: ReplicationAnswer) {
  return html`<span class="replication-direction"
    ><${Shown} text=${source} /> <span aria-hidden="true">→</span><span class="replication-unseen"> to </span> <${Shown} text=${target}
  /></span>`
}

/** What a cluster said last stays below. */
function Unknown({ of: gaps }: { of: ReplicationGap[] }) {
  if (gaps.length === 0) return null
  return html`<div class="trouble" role="status">
    ${gaps.map(
      ({ sentence, shown }) => html`<div key=${sentence}>
        <${Shown} text=${sentence} />
        ${shown !== null && html` <span class="quiet">What is shown of it is from <${Ago} time=${shown} />.</span>`}
      </div>`,
    )}
  </div>`
}
