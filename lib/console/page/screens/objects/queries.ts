import { useState } from 'preact/hooks'
import { html } from '../../html.ts'
import { useAsked, useLive } from '../../live.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { Trouble } from '../../parts/trouble.ts'
import { go } from '../../route.ts'
import { Copied } from './copied.ts'
import type { ViewProps } from './view.ts'

const readers = { duckdb: 'DuckDB', pyarrow: 'Python, with pyarrow', athena: 'Athena' } as const

/** How other programs read the objects. */
export function Queries({ name, chosen }: ViewProps) {
  const { topic } = chosen
  const service = useLive('service', {})
  const declared = service.answer?.connectors.find(connector => connector.name === name)
  const isPattern = declared?.topics === null
  const asked = useAsked('query', declared && !(isPattern && !topic) ? { name, topic } : undefined)
  const { answer } = asked
  return html`
    <${TopicChoice} name=${name} topic=${topic} topics=${declared?.topics ?? null} />
    <${Trouble} of=${asked} what="the queries" />
    ${isPattern && !topic && html`<p>The connector reads the topics of a pattern: name the one to query.</p>`}
    ${answer && html`<p>These read the objects of <${Shown} text=${answer.topics.join(', ')} />. Nothing is asked of the bucket for them.</p>`}
    ${
      answer &&
      Object.entries(readers).map(
        ([reader, title]) => html`<section aria-label=${title}>
          <h2>${title}</h2>
          <${Copied} what=${title} text=${answer[reader as keyof typeof readers]} />
        </section>`,
      )
    }
  `
}

/** One of the topics that are declared, or of a pattern any. */
function TopicChoice({ name, topic, topics }: { name: string; topic?: string; topics: string[] | null }) {
  const [typed, setTyped] = useState(topic ?? '')
  const choose = (topic: string) => go({ screen: 'objects', name, chosen: { view: 'query', topic } })
  if (topics && topics.length < 2) return null
  if (topics)
    return html`
      <form class="fields">
        <label>Topic
          <select value=${topic ?? ''} onChange=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
            <option value="">all that are declared</option>
            ${topics.map(topic => html`<option value=${topic}>${shownText(topic)}</option>`)}
          </select>
        </label>
      </form>
    `
  const submit = (event: Event) => {
    event.preventDefault()
    choose(typed)
  }
  return html`
    <form class="fields" onSubmit=${submit}>
      <label>Topic <input value=${typed} onInput=${(event: Event) => setTyped((event.target as HTMLInputElement).value)} required maxlength="249" autocomplete="off" /></label>
      <button type="submit">Show</button>
    </form>
  `
}
