import type { ComponentChildren } from 'preact'
import type { ShownBytes, ShownRecord } from '../../api/index.ts'
import { html } from '../html.ts'
import { lineOf } from './bytes.ts'
import { BytesView } from './bytes-view.ts'
import { bytesText, numberText } from './number.ts'
import { RecordTime } from './record-time.ts'
import { Shown } from './shown-text.ts'
import { Ago, isTime } from './time.ts'

interface FieldsProps {
  record: ShownRecord
  /** What can be done with its key, and with its value. */
  withKey?: ComponentChildren
  withValue?: ComponentChildren
}

/** Everything that a record has: when it was produced, its key, its value, and its headers. */
export function RecordFields({ record, withKey, withValue }: FieldsProps) {
  const { timestamp, key, value, decoded } = record
  return html`
    <p><${RecordTime} time=${timestamp} /> ${timestamp !== null && isTime(timestamp) && html`<span class="quiet">(<${Ago} time=${timestamp} />)</span>`}</p>
    <h3>Key ${key && html`<span class="quiet">${bytesText(key.size)}</span>`}</h3>
    ${
      key && key.size > 0
        ? html`<${BytesView} title="Key" shown=${key}>${withKey}<//>`
        : html`<p class="quiet">${key ? 'empty' : 'none'}</p>`
    }
    <h3>Value ${value && html`<span class="quiet">${bytesText(value.size)}</span>`}</h3>
    ${
      value && value.size > 0
        ? html`<${BytesView} title="Value" shown=${value} decoded=${decoded}>${withValue}<//>`
        : html`<p class="quiet">${value ? 'empty' : 'none: a tombstone'}</p>`
    }
    <${Headers} record=${record} />
  `
}

function Headers({ record: { headers, moreHeaders = 0 } }: { record: ShownRecord }) {
  return html`
    <h3>Headers <span class="quiet">${numberText(headers.length + moreHeaders)}</span></h3>
    ${
      headers.length > 0 &&
      html`<table class="record-headers">
        <thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
        <tbody>
          ${headers.map(
            ({ name, value }) => html`<tr>
            <th scope="row" class="mono"><${Shown} text=${name} /></th>
            <td class="mono"><${HeaderValue} value=${value} /></td>
          </tr>`,
          )}
        </tbody>
      </table>`
    }
    ${moreHeaders > 0 && html`<p class="quiet">${numberText(moreHeaders)} more are not shown.</p>`}
  `
}

function HeaderValue({ value }: { value: ShownBytes | null }) {
  if (!value) return html`<span class="quiet">null</span>`
  if (value.size === 0) return html`<span class="quiet">empty</span>`
  return html`<${Shown} text=${lineOf(value)} />${value.isCut && html` <span class="quiet">… of ${bytesText(value.size)}</span>`}`
}
