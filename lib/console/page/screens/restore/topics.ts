import { useState } from 'preact/hooks'
import type { RestorableAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { bytesText, countText, numberText } from '../../parts/number.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import type { Choice } from './choice.ts'
import { Field } from './field.ts'

/** Topics that are shown at once. Of more, a part of their name chooses. */
const SHOWN = 50

interface TopicsProps {
  answer: RestorableAnswer
  choice: Choice
  set(part: Partial<Choice>): void
}

const allText = (number: number) =>
  number === 1 ? 'The only topic.' : `All ${numberText(number)} topics, as none is ticked.`

/** The topics of the dump: which ones are restored, and to which names. */
export function Topics({ answer: { topics, moreTopics }, choice, set }: TopicsProps) {
  const [part, setPart] = useState('')
  if (topics.length === 0) return html`<p>The dump has no topic: nothing was written to it yet.</p>`
  const matching = topics.filter(({ topic }) => topic.includes(part))
  const more = matching.length - SHOWN
  const tick = (topic: string) => (event: Event) => {
    const isTicked = (event.target as HTMLInputElement).checked
    set({ topics: isTicked ? [...choice.topics, topic] : choice.topics.filter(other => other !== topic) })
  }
  return html`
    <fieldset class="panel restore-topics">
      <legend>Topics</legend>
      <div class="row">
        ${topics.length > SHOWN && html`<${Field} label="Part of the name" value=${part} set=${setPart} />`}
        <span class="quiet">${choice.topics.length === 0 ? allText(topics.length + moreTopics) : `${countText(choice.topics.length, 'topic')} of ${numberText(topics.length + moreTopics)}.`}</span>
      </div>
      <div class="scroll" tabindex="0" role="region" aria-label="Topics of the dump">
        <table>
          <thead><tr><th scope="col">Topic</th><th scope="col" class="number">Partitions</th><th scope="col" class="number">Objects</th><th scope="col" class="number">Size</th><th scope="col">Name on the target</th></tr></thead>
          <tbody>
            ${matching.slice(0, SHOWN).map(
              ({ topic, partitions, objects, bytes }) => html`<tr key=${topic}>
                <td><label class="restore-check"><input type="checkbox" checked=${choice.topics.includes(topic)} onChange=${tick(topic)} /> <${Shown} text=${topic} /></label></td>
                <td class="number">${numberText(partitions)}</td><td class="number">${numberText(objects)}</td><td class="number">${bytesText(bytes)}</td>
                <td><input class="restore-name" aria-label="Name of ${shownText(topic)} on the target" value=${choice.names[topic] ?? ''} placeholder=${shownText(topic)} autocomplete="off" spellcheck=${false}
                  onInput=${(event: Event) => set({ names: { ...choice.names, [topic]: (event.target as HTMLInputElement).value.trim() } })} /></td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${more > 0 && html`<p class="quiet">and ${countText(more, 'topic')} more: type a part of the name</p>`}
      ${moreTopics > 0 && html`<p class="quiet">${countText(moreTopics, 'other topic')} can’t be chosen here; <code>serverless connectors restore --topics</code> names them.</p>`}
    </fieldset>
  `
}
