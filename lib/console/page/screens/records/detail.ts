import { useEffect, useRef } from 'preact/hooks'
import type { ShownBytes, ShownRecord } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { consoleGone, useAsked } from '../../live.ts'
import { bytesOf, typedText } from '../../parts/bytes.ts'
import { numberText } from '../../parts/number.ts'
import { RecordFields } from '../../parts/record-fields.ts'
import { Trouble } from '../../parts/trouble.ts'
import { hrefOf } from '../../route.ts'
import { type Choice, chosenOf } from './choice.ts'
import { WholeValue } from './whole-value.ts'

/** Between two attempts to read what can't be read, in milliseconds. */
const AGAIN_MS = 3_000

interface DetailProps {
  name: string
  choice: Choice
  place: { partition: number; offset: number }
  chosen: Record<string, string>
}

/** A record with all that it has. */
export function Detail({ name, choice, place, chosen }: DetailProps) {
  const { topic, cluster } = choice
  const { partition, offset } = place
  const args = { name, topic, cluster, partition, offset }
  const asked = useAsked('record', args)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (!asked.error || asked.error === consoleGone) return
    const timer = setTimeout(asked.again, AGAIN_MS)
    return () => clearTimeout(timer)
  }, [asked.error, asked.tried])
  // Who has followed a link of the list or of this panel is here now. Who has opened the page with it is at its beginning.
  useEffect(() => {
    if (document.activeElement?.closest('.records-list, .records-detail')) heading.current?.focus()
  }, [partition, offset])
  const at = (other: number) => hrefOf({ screen: 'records', name, chosen: { ...chosen, at: `${partition}.${other}` } })
  const closed = hrefOf({ screen: 'records', name, chosen: { ...chosen, at: '' } })
  const record = asked.answer
  return html`
    <section class="panel records-detail" aria-labelledby="record-title">
      <div class="row">
        <h2 id="record-title" tabindex="-1" ref=${heading}>Partition ${partition}, offset ${numberText(offset)}</h2>
        <span class="row records-steps">
          ${offset > 0 && html`<a href=${at(offset - 1)}>Offset ${numberText(offset - 1)}</a>`}
          <a href=${at(offset + 1)}>Offset ${numberText(offset + 1)}</a>
          <a href=${closed}>Close</a>
        </span>
      </div>
      <${Trouble} of=${asked} what="the record" />
      ${record === undefined && !asked.error && html`<p class="quiet">Loading …</p>`}
      ${record === null && html`<p role="status">There is no record at this offset: it is not written yet, was removed by retention or compaction, or holds the end of a transaction.</p>`}
      ${record && html`<${Fields} record=${record} args=${args} name=${name} choice=${choice} />`}
    </section>
  `
}

interface FieldsProps {
  record: ShownRecord
  args: { name: string; topic: string; cluster: Choice['cluster']; partition: number; offset: number }
  name: string
  choice: Choice
}

function Fields({ record, args, name, choice }: FieldsProps) {
  const { key, value } = record
  return html`<${RecordFields}
    record=${record}
    withKey=${key && !key.isCut && key.size <= 300 && html`<${SameKey} value=${key} name=${name} choice=${choice} />`}
    withValue=${value && html`<${WholeValue} args=${args} value=${value} />`}
  />`
}

function SameKey({ value, name, choice }: { value: ShownBytes; name: string; choice: Choice }) {
  const { topic, cluster } = choice
  const chosen = chosenOf({ topic, cluster, partition: '', offset: '', time: '', key: typedText(bytesOf(value)) })
  return html`<a href=${hrefOf({ screen: 'records', name, chosen })}>Records with this key</a>`
}
