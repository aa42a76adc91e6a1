import { useState } from 'preact/hooks'
import type { DocumentOf } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { numberText } from '../../parts/number.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { Ago, durationText } from '../../parts/time.ts'
import { hrefOf } from '../../route.ts'

type Partition = DocumentOf<'describe'>['partitions'][number]

/** Rows of a page: as many as a person looks through. */
const PAGE = 50

/** The longest bar, in percent of its cell: the number is beside it. */
const BAR = 45

/** The orders of the rows. */
const orders = {
  number: { title: 'Topic and number', compare: () => 0 },
  lag: { title: 'Most unread first', compare: (one, other) => (other.lag ?? -1) - (one.lag ?? -1) },
  age: {
    title: 'Oldest unread first',
    compare: (one, other) => (other.oldestUnreadAgeMs ?? -1) - (one.oldestUnreadAgeMs ?? -1),
  },
  rate: {
    title: 'Busiest first',
    compare: (one, other) => (other.recordsInPerMinute ?? -1) - (one.recordsInPerMinute ?? -1),
  },
} satisfies Record<string, { title: string; compare: (one: Partition, other: Partition) => number }>

type Order = keyof typeof orders

/** The partitions with what is unread of each. Hundreds of them are shown in pages, what stands still first. */
export function Partitions({ name, partitions }: { name: string; partitions: Partition[] }) {
  const [order, setOrder] = useState<Order>(partitions.length > PAGE ? 'lag' : 'number')
  const [topic, setTopic] = useState('')
  const [page, setPage] = useState(0)
  const topics = Array.from(new Set(partitions.map(partition => partition.topic)))
  const chosen = partitions
    .filter(partition => topic === '' || partition.topic === topic)
    .toSorted((one, other) => Number(other.stopped) - Number(one.stopped) || orders[order].compare(one, other))
  const most = chosen.reduce((most, { lag }) => Math.max(most, lag ?? 0), 1)
  const pages = Math.max(1, Math.ceil(chosen.length / PAGE))
  const current = Math.min(page, pages - 1)
  const rows = chosen.slice(current * PAGE, (current + 1) * PAGE)
  return html`
    <section aria-labelledby="partitions">
      <div class="row connector-head">
        <h2 id="partitions">Partitions</h2>
        <span class="quiet">${summaryOf(chosen)}</span>
        ${
          partitions.length > 1 &&
          html`<label class="connector-inline">Order
            <select value=${order} onChange=${(event: Event) => setOrder((event.target as HTMLSelectElement).value as Order)}>
              ${Object.entries(orders).map(([key, { title }]) => html`<option value=${key}>${title}</option>`)}
            </select>
          </label>`
        }
        ${
          topics.length > 1 &&
          html`<label class="connector-inline">Topic
            <select value=${topic} onChange=${(event: Event) => setTopic((event.target as HTMLSelectElement).value)}>
              <option value="">all</option>
              ${topics.map(topic => html`<option value=${topic}>${shownText(topic)}</option>`)}
            </select>
          </label>`
        }
      </div>
      <div class="scroll panel connector-table" tabindex="0" role="region" aria-label="Table of partitions">
        <table>
          <thead>
            <tr>
              <th scope="col">Partition</th>
              <th scope="col" class="number connector-lag">Unread</th>
              <th scope="col" class="number">Oldest unread</th>
              <th scope="col" class="number" title="Records produced per minute">In / min</th>
              <th scope="col" class="number" title="Records delivered per minute">Out / min</th>
              <th scope="col" class="number">Caught up in</th>
              <th scope="col" class="number" title="Where the connector continues">Next offset</th>
              <th scope="col" class="number" title="One past the last record">End</th>
              <th scope="col">Last delivered</th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(row => html`<${Row} key=${`${row.topic}-${row.partition}`} name=${name} row=${row} most=${most} />`)}
          </tbody>
        </table>
        ${rows.length === 0 && html`<p class="quiet">No partition is known.</p>`}
      </div>
      ${pages > 1 && html`<${Pager} current=${current} pages=${pages} rows=${chosen.length} go=${setPage} />`}
    </section>
  `
}

function summaryOf(partitions: Partition[]): string {
  const stopped = partitions.filter(({ stopped }) => stopped).length
  return `${numberText(partitions.length)}${stopped > 0 ? `, ${numberText(stopped)} stopped` : ''}`
}

function Row({ name, row, most }: { name: string; row: Partition; most: number }) {
  const { topic, partition, committed, end, lag, stopped, oldestUnreadAgeMs, lastDelivery, lastError } = row
  const chosen = { topic, partition: String(partition), ...(committed === null ? {} : { offset: String(committed) }) }
  return html`<tr class=${stopped ? 'connector-stopped' : ''}>
    <th scope="row">
      <a title=${shownText(topic)} href=${hrefOf({ screen: 'records', name, chosen })}><span class="connector-partition"><${Shown} text=${topic} /></span>-${partition}</a>
      ${stopped && html` <span class="badge bad">stopped</span>`}
    </th>
    <td class="number connector-lag">
      ${lag ? html`<span class="connector-bar" style=${{ width: `${(BAR * (lag ?? 0)) / most}%` }}></span>` : ''}
      ${lag === null ? html`<${NotKnown} of=${row} field="lag" />` : numberText(lag)}
    </td>
    <td class="number">${oldestUnreadAgeMs === null ? '–' : durationText(oldestUnreadAgeMs)}</td>
    <td class="number">${rate(row.recordsInPerMinute)}</td>
    <td class="number">${rate(row.recordsOutPerMinute)}</td>
    <td class="number">${row.catchUpMs === null ? '–' : durationText(row.catchUpMs)}</td>
    <td class="number">${committed === null ? '–' : numberText(committed)}</td>
    <td class="number">${end === null ? '–' : numberText(end)}</td>
    <td>${lastDelivery ? html`<${Delivery} name=${name} ...${lastDelivery} />` : '–'}</td>
    <td>${lastError ? html`<code title=${shownText(lastError.message)}>${shownText(lastError.code)}</code> <${Ago} time=${Date.parse(lastError.time)} />` : '–'}</td>
  </tr>`
}

function rate(perMinute: number | null): string {
  return perMinute === null ? '–' : numberText(perMinute)
}

function NotKnown({ of: { unknown }, field }: { of: Partition; field: string }) {
  return html`<span class="quiet" title=${shownText(unknown[field] ?? '')}>–</span>`
}

/** When records were delivered, and where to. */
function Delivery({
  name,
  time,
  key,
  topic,
  partition,
  offset,
}: NonNullable<Partition['lastDelivery']> & { name: string }) {
  const ago = html`<${Ago} time=${Date.parse(time)} />`
  if (key !== undefined)
    return html`<a class="connector-nowrap" href=${hrefOf({ screen: 'objects', name, chosen: { key } })} title=${shownText(key)}>${ago}</a>`
  const chosen = {
    cluster: 'target',
    topic: topic ?? '',
    partition: String(partition),
    offset: String(Math.max(0, (offset ?? 0) - 1)),
  }
  const place = shownText(`${topic}-${partition}, up to offset ${offset}`)
  return html`<a class="connector-nowrap" href=${hrefOf({ screen: 'records', name, chosen })} title=${place}>${ago}</a>`
}

function Pager(props: { current: number; pages: number; rows: number; go(page: number): void }) {
  const { current, pages, rows, go } = props
  return html`<nav class="row connector-pager" aria-label="Pages of partitions">
    <button type="button" disabled=${current === 0} onClick=${() => go(current - 1)}>Previous</button>
    <span class="quiet">${numberText(current * PAGE + 1)} to ${numberText(Math.min(rows, (current + 1) * PAGE))} of ${numberText(rows)}</span>
    <button type="button" disabled=${current === pages - 1} onClick=${() => go(current + 1)}>Next</button>
  </nav>`
}
