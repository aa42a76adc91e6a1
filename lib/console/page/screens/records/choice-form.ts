import { useEffect, useState } from 'preact/hooks'
import type { ShownTopic } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { numberText } from '../../parts/number.ts'
import { shownText } from '../../parts/shown-text.ts'
import type { Choice } from './choice.ts'

const groups: Record<ShownTopic['use'], string> = {
  source: 'Read',
  target: 'Written to',
  abnormal: 'Records that can’t be decoded',
  'dead-letter': 'Records that can’t be delivered',
  'on-failure': 'Discarded by Lambda',
}

type Begin = 'newest' | 'offset' | 'time'

interface FormProps {
  choice: Choice
  topics: ShownTopic[]
  choose(choice: Choice): void
}

/** Chooses the topic, and where in it to look. A topic is shown as soon as it is chosen, the rest when the form is sent. */
export function ChoiceForm({ choice, topics, choose }: FormProps) {
  const [draft, setDraft] = useState(choice)
  const [begin, setBegin] = useState(beginOf(choice))
  useEffect(() => {
    setDraft(choice)
    setBegin(beginOf(choice))
  }, [JSON.stringify(choice)])
  const set = (change: Partial<Choice>) => setDraft({ ...draft, ...change })
  const submit = (event: Event) => {
    event.preventDefault()
    choose({
      ...draft,
      offset: begin === 'offset' ? draft.offset || '0' : '',
      time: begin === 'time' ? draft.time : '',
    })
  }
  const topic = topics.find(({ topic, cluster }) => topic === draft.topic && cluster === draft.cluster)
  return html`
    <form class="fields records-form" onSubmit=${submit}>
      <${TopicSelect} choice=${draft} topics=${topics} choose=${(topic: string, cluster: Choice['cluster']) =>
        choose({ topic, cluster, partition: '', offset: '', time: '', key: '' })} />
      <label>Partition
        <select value=${draft.partition} onChange=${(event: Event) => set({ partition: textIn(event) })}>
          <option value="">all</option>
          ${(topic?.partitions ?? []).map(({ partition, start, end }) => html`<option value=${partition}>${partition} (${numberText(start)}–${numberText(end)})</option>`)}
        </select>
      </label>
      <label>From
        <select value=${begin} onChange=${(event: Event) => setBegin(textIn(event) as Begin)}>
          <option value="newest">the newest</option>
          <option value="offset">an offset</option>
          <option value="time">a time</option>
        </select>
      </label>
      ${
        begin === 'offset' &&
        html`<label>Offset
          <input class="records-offset" inputmode="numeric" pattern="[0-9]{1,15}" title="A whole number" required value=${draft.offset} onInput=${(event: Event) => set({ offset: textIn(event).trim() })} />
        </label>`
      }
      ${
        begin === 'time' &&
        html`<label>Time
          <input type="datetime-local" step="1" required value=${localTime(draft.time)} onInput=${(event: Event) => set({ time: epochOf(textIn(event)) })} />
        </label>`
      }
      <label>Key
        <input value=${draft.key} placeholder="any" title="Text, or bytes such as 0x00ff" maxlength="1000" autocomplete="off" spellcheck=${false} onInput=${(event: Event) => set({ key: textIn(event) })} />
      </label>
      <button type="submit" class="primary">Look</button>
    </form>
  `
}

interface SelectProps {
  choice: Choice
  topics: ShownTopic[]
  choose(topic: string, cluster: Choice['cluster']): void
}

function TopicSelect({ choice, topics, choose }: SelectProps) {
  const current = topics.findIndex(({ topic, cluster }) => topic === choice.topic && cluster === choice.cluster)
  const change = (event: Event) => {
    const found = topics[Number(textIn(event))]
    if (found) choose(found.topic, found.cluster)
  }
  return html`
    <label>Topic
      <select value=${current} onChange=${change}>
        ${current < 0 && html`<option value="-1">${shownText(choice.topic)}</option>`}
        ${[...Map.groupBy([...topics.entries()], ([, { use }]) => use)].map(
          ([use, some]) => html`<optgroup label=${groups[use]}>
            ${some.map(([index, { topic }]) => html`<option value=${index}>${shownText(topic)}</option>`)}
          </optgroup>`,
        )}
      </select>
    </label>
  `
}

function beginOf({ offset, time }: Choice): Begin {
  return offset !== '' ? 'offset' : time !== '' ? 'time' : 'newest'
}

function textIn(event: Event): string {
  return (event.target as HTMLInputElement).value
}

/** A time of the address as the field has it: in the person's own zone, to the second. */
function localTime(time: string): string {
  const date = new Date(Number(time || Number.NaN))
  if (Number.isNaN(date.getTime())) return ''
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

/** Empty while the text isn't a valid time yet. */
function epochOf(local: string): string {
  const time = new Date(local).getTime()
  return Number.isNaN(time) ? '' : String(Math.max(time, 0))
}
