import type { ShownRecord } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { previewOf } from '../../parts/bytes.ts'
import { bytesText, numberText } from '../../parts/number.ts'
import { RecordTime } from '../../parts/record-time.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { go, hrefOf } from '../../route.ts'

interface ListProps {
  records: ShownRecord[]
  name: string
  chosen: Record<string, string>
  opened?: { partition: number; offset: number }
}

/** A line for each record; its offset leads to all of it. */
export function RecordList({ records, name, chosen, opened }: ListProps) {
  return html`
    <table class="records-list">
      <thead>
        <tr>
          <th scope="col" class="number">Partition</th>
          <th scope="col" class="number">Offset</th>
          <th scope="col">Time</th>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
          <th scope="col" class="number">Size</th>
          <th scope="col" class="number">Headers</th>
        </tr>
      </thead>
      <tbody>
        ${records.map(record => {
          const { partition, offset } = record
          const route = { screen: 'records', name, chosen: { ...chosen, at: `${partition}.${offset}` } }
          const isOpen = opened?.partition === partition && opened.offset === offset
          return html`<${Line} key=${`${partition}.${offset}`} record=${record} route=${route} isOpen=${isOpen} />`
        })}
      </tbody>
    </table>
  `
}

interface LineProps {
  record: ShownRecord
  route: { screen: string; name: string; chosen: Record<string, string> }
  isOpen: boolean
}

function Line({ record, route, isOpen }: LineProps) {
  const { partition, offset, timestamp, value, headers, moreHeaders = 0 } = record
  // A link for the keyboard and for another tab; for a mouse the whole line.
  const open = (event: MouseEvent) => {
    if (!(event.target as Element).closest('a') && getSelection()?.isCollapsed) go(route)
  }
  return html`
    <tr class=${isOpen ? 'records-open' : undefined} onClick=${open}>
      <td class="number">${partition}</td>
      <td class="number"><a href=${hrefOf(route)} aria-current=${isOpen ? 'true' : undefined}>${numberText(offset)}</a></td>
      <td class="records-time"><${RecordTime} time=${timestamp} /></td>
      <td class="records-key mono"><${KeyPreview} record=${record} /></td>
      <td class="records-value mono"><${ValuePreview} record=${record} /></td>
      <td class="number">${value && bytesText(value.size)}</td>
      <td class="number">${headers.length + moreHeaders || ''}</td>
    </tr>
  `
}

function KeyPreview({ record: { key } }: { record: ShownRecord }) {
  if (!key) return html`<span class="quiet">none</span>`
  return key.size === 0 ? html`<span class="quiet">empty</span>` : html`<${Shown} text=${previewOf(key)} />`
}

function ValuePreview({ record: { value, decoded } }: { record: ShownRecord }) {
  if (!value) return html`<span class="quiet">none: a tombstone</span>`
  if (value.size === 0) return html`<span class="quiet">empty</span>`
  if (decoded && 'json' in decoded) return html`<${Shown} text=${decoded.json.slice(0, 240)} />`
  return html`${decoded && html`<span class="badge bad" title=${shownText(decoded.message)}>${shownText(decoded.code)}</span> `}<${Shown} text=${previewOf(value)} />`
}
