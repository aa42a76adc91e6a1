import { useEffect, useRef, useState } from 'preact/hooks'
import type { FailedRecordAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { useAsked } from '../../live.ts'
import { countText } from '../../parts/number.ts'
import { RecordFields } from '../../parts/record-fields.ts'
import { Shown } from '../../parts/shown-text.ts'
import { Trouble } from '../../parts/trouble.ts'
import { hrefOf } from '../../route.ts'
import { countOffsets, type Ranges } from './ranges.ts'

/** Failed records of a topic-partition that can be looked at. */
export interface PreviewPlace {
  topic: string
  partition: number
  ranges: Ranges
  /** Ranges that the page doesn't know. */
  more: number
}

interface PreviewProps {
  name: string
  since: string
  place: PreviewPlace
  close(): void
}

/** Failed records one by one, as a redrive would take them. */
export function Preview({ name, since, place, close }: PreviewProps) {
  const { topic, partition, ranges, more } = place
  const dialog = useRef<HTMLDialogElement>(null)
  const [index, setIndex] = useState(0)
  useEffect(() => dialog.current?.showModal(), [])
  const known = countOffsets(ranges)
  const offset = offsetAt(ranges, index)
  const asked = useAsked('failed-record', {
    ...{ name, topic, partition, offset },
    ...(since !== 'all' && { since }),
  })
  return html`
    <dialog ref=${dialog} class="failed-preview" onClose=${close} aria-labelledby="preview-title">
      <div class="row">
        <h2 id="preview-title"><${Shown} text=${`${topic}-${partition}`} /> at ${offset}</h2>
        <span class="quiet" role="status">${index + 1} of ${countText(known, 'record')}${more > 0 ? ` and ${countText(more, 'range')} more` : ''}</span>
      </div>
      <div class="row">
        <button type="button" disabled=${index === 0} onClick=${() => setIndex(index - 1)}>Previous</button>
        <button type="button" disabled=${index + 1 >= known} onClick=${() => setIndex(index + 1)}>Next</button>
        <a href=${hrefOf({ screen: 'records', name, chosen: { topic, partition: String(partition), offset: String(offset) } })}>In the topic</a>
      </div>
      <div class="failed-record">
        <${Trouble} of=${asked} what="this record" />
        ${asked.answer ? html`<${Found} answer=${asked.answer} />` : !asked.error && html`<p class="quiet">Getting the record …</p>`}
      </div>
      <p class="buttons"><button type="button" onClick=${() => dialog.current?.close()}>Close</button></p>
    </dialog>
  `
}

/** The offset of a record by its place among those of the runs. */
function offsetAt(ranges: Ranges, index: number): number {
  let left = index
  for (const [first, count] of ranges) {
    if (left < count) return first + left
    left -= count
  }
  return ranges.at(-1)?.[0] ?? 0
}

function Found({ answer }: { answer: FailedRecordAnswer }) {
  if (answer.found === 'gone')
    return html`<p>This record is gone: neither its topic nor any place for failed records still has it.</p>`
  if (answer.found === 'nothing')
    return html`<p>This record is not listed any more: it was redriven, or delivered after all.</p>`
  if (answer.found === 'refused')
    return html`<p class="problem">A redrive would not take it: <${Shown} text=${answer.reason} /></p>`
  return html`<${RecordFields} record=${answer.record} />`
}
