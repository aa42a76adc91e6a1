import { useState } from 'preact/hooks'
import type { Acts } from '../../api/index.ts'
import { html } from '../html.ts'
import { Dialog } from './dialog.ts'
import { shownText } from './shown-text.ts'

interface TestDialogProps {
  name: string
  type: 'dump' | 'replicate'
  /** Those that the connector reads now. */
  topics: string[]
  perform(args: Acts['test']['args']): Promise<unknown>
  close(): void
}

type Fields = Record<'topic' | 'key' | 'value' | 'partition' | 'headers', string>

/** Asks for a record to send through a connector. */
export function TestDialog({ name, type, topics, perform, close }: TestDialogProps) {
  const [fields, setFields] = useState<Fields>({
    ...{ topic: topics[0] ?? '', key: 'test', value: '{"test": true}', partition: '', headers: '' },
  })
  const field = (name: keyof Fields) => ({
    value: fields[name],
    onInput: ({ target }: Event) => setFields(before => ({ ...before, [name]: (target as HTMLInputElement).value })),
  })
  return html`
    <${Dialog} title=${`Test ${name}`} action="Send" close=${close} perform=${() => perform(argsOf(name, fields))}>
      <p>The console sends a record to the topic and waits until it arrives ${
        type === 'dump' ? 'in the bucket' : 'on the target cluster'
      }, for about 90 seconds longer than a batch may take. Everyone who reads the topic gets it, and it is not removed.</p>
      <label>Topic
        <select ...${field('topic')}>${topics.map(topic => html`<option value=${topic} selected=${topic === fields.topic}>${shownText(topic)}</option>`)}</select>
      </label>
      <label>Key (empty: none)<input ...${field('key')} autocomplete="off" spellcheck=${false} /></label>
      <label>Value (empty: none)<textarea rows="4" ...${field('value')} spellcheck=${false}></textarea></label>
      <details>
        <summary>Partition and headers</summary>
        <label>Partition (empty: by the key)<input type="number" min="0" step="1" ...${field('partition')} /></label>
        <label>Headers, one name=value per line<textarea rows="2" ...${field('headers')} spellcheck=${false}></textarea></label>
      </details>
    <//>
  `
}

/** The arguments of the act; fields that are empty are left out. */
function argsOf(name: string, { topic, key, value, partition, headers }: Fields): Acts['test']['args'] {
  const lines = headers.split('\n').filter(line => line.trim() !== '')
  return {
    ...{ name, topic },
    ...(key !== '' && { key }),
    ...(value !== '' && { value }),
    ...(partition !== '' && { partition: Number(partition) }),
    ...(lines.length > 0 && { headers: lines }),
  }
}
