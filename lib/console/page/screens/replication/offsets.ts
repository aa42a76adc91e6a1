import type { ReplicatedPartition, ReplicationAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText, numberText } from '../../parts/number.ts'
import { PageButtons, usePages } from '../../parts/pages.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { go, type Route } from '../../route.ts'

/** Each partition on both clusters. */
export function Offsets({ answer, route }: { answer: ReplicationAnswer; route: Route }) {
  const { partitions, partitionCount, topics, partitioner, source, target } = answer
  const pages = usePages(partitions)
  return html`
    <h2 id="replication-offsets">Offsets side by side</h2>
    ${
      partitioner !== 'same' &&
      html`<p class="quiet">Records go to partitions by <code>${partitioner}</code>, so a partition of the target has records of several of the source, and the same number doesn’t mean the same records.</p>`
    }
    ${topics.length > 1 && html`<${TopicChoice} topics=${topics} route=${route} />`}
    ${
      partitions.length < partitionCount &&
      html`<p class="quiet">These are the ${numberText(partitions.length)} partitions that are furthest behind, of ${countText(partitionCount, 'partition')}. Choose a topic to see all of it.</p>`
    }
    ${partitionCount === 0 && html`<p>The source has none of the topics that this connector replicates.</p>`}
    ${
      partitionCount > 0 &&
      html`<div class="scroll" role="region" aria-labelledby="replication-offsets" tabindex="0">
        <table class="replication-table">
          <thead>
            <tr>
              <th rowspan="2" scope="col">Topic</th>
              <th rowspan="2" scope="col" class="number">Partition</th>
              <th colspan="3" scope="colgroup" class="replication-side">Source <${Shown} text=${source} /></th>
              <th rowspan="2" scope="col" class="number">Not on target</th>
              <th colspan="2" scope="colgroup" class="replication-side">Target <${Shown} text=${target} /></th>
            </tr>
            <tr>
              <th scope="col" class="number">First</th>
              <th scope="col" class="number">Replicated to</th>
              <th scope="col" class="number">End</th>
              <th scope="col" class="number">First</th>
              <th scope="col" class="number">End</th>
            </tr>
          </thead>
          <tbody>${pages.rows.map(row => html`<${Row} key=${`${row.topic}/${row.partition}`} ...${row} />`)}</tbody>
        </table>
      </div>`
    }
    <${PageButtons} of=${pages} what="partitions" />
  `
}

function Row({ topic, partition, target, source, behind, copy }: ReplicatedPartition) {
  return html`
    <tr>
      <th scope="row"><${Shown} text=${topic} />${target !== topic && html`<div class="quiet">→ <${Shown} text=${target} /></div>`}</th>
      <td class="number">${partition}</td>
      <${Offset} of=${source?.start} />
      <${Offset} of=${source?.committed} />
      <${Offset} of=${source?.end} />
      <td class="number">${behind === null ? '?' : html`<${Behind} records=${behind} />`}</td>
      <${Offset} of=${copy?.start} />
      <${Offset} of=${copy?.end} />
    </tr>
  `
}

/** An offset; a dash where there is none. */
export function Offset({ of: offset }: { of: number | null | undefined }) {
  return html`<td class="number">${offset === null || offset === undefined ? '–' : numberText(offset)}</td>`
}

function Behind({ records }: { records: number }) {
  return records === 0 ? html`<span class="quiet">0</span>` : html`<strong>${numberText(records)}</strong>`
}

function TopicChoice({ topics, route }: { topics: string[]; route: Route }) {
  const choose = (event: Event) => {
    const topic = (event.target as HTMLSelectElement).value
    go({ ...route, chosen: { ...route.chosen, topic } })
  }
  return html`<form class="fields"><label>Topic
    <select onChange=${choose} value=${route.chosen.topic ?? ''}>
      <option value="">All ${numberText(topics.length)} topics</option>
      ${topics.map(topic => html`<option key=${topic} value=${topic}>${shownText(topic)}</option>`)}
    </select>
  </label></form>`
}
