import { useState } from 'preact/hooks'
import { html } from '../html.ts'
import { countText, numberText } from './number.ts'
import { ExactNumber } from './parse-tree.ts'
import { Shown } from './shown-text.ts'

/** Members that are shown at first, and with each press of the button below them. */
const STEP = 100
/** Characters of a string that are shown at first. */
const STRING = 1_000
/** What has at most so many members is open at first. */
const FEW = 30

/** JSON as a tree whose branches are made when they are opened, so that a large one stays quick. */
export function JsonTree({ value }: { value: unknown }) {
  return html`<div class="json-tree"><${Branch} value=${value} depth=${0} /></div>`
}

function Branch({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
  const label = name !== undefined && html`<span class="json-name"><${Shown} text=${name} /></span>: `
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber)
    return html`<div>${label}<${Leaf} value=${value} /></div>`
  return html`<${Members} label=${label} value=${value} depth=${depth} />`
}

function Members({ label, value, depth }: { label: unknown; value: object; depth: number }) {
  const isList = Array.isArray(value)
  const names = Object.keys(value)
  const [isOpen, setOpen] = useState(depth < 2 && names.length <= FEW)
  const [most, setMost] = useState(STEP)
  if (names.length === 0) return html`<div>${label}<span class="quiet">${isList ? '[ ]' : '{ }'}</span></div>`
  const size = isList ? `[ ${countText(names.length, 'element')} ]` : `{ ${countText(names.length, 'member')} }`
  return html`
    <details open=${isOpen} onToggle=${(event: Event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary>${label}<span class="quiet">${size}</span></summary>
      ${
        isOpen &&
        html`<div class="json-members">
          ${names.slice(0, most).map(name => html`<${Branch} key=${name} name=${name} value=${value[name as keyof typeof value]} depth=${depth + 1} />`)}
          ${names.length > most && html`<button type="button" onClick=${() => setMost(most + STEP)}>Show more of ${numberText(names.length)}</button>`}
        </div>`
      }
    </details>
  `
}

function Leaf({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false)
  if (value === null || typeof value === 'boolean') return html`<span class="json-word">${String(value)}</span>`
  if (value instanceof ExactNumber) return html`<span class="json-number">${value.source}</span>`
  if (typeof value !== 'string') return html`<span class="json-number">${String(value)}</span>`
  const text = isWhole ? value : value.slice(0, STRING)
  return html`<span class="json-text">"<${Shown} text=${text} />"</span>${
    value.length > text.length &&
    html` <button type="button" onClick=${() => setWhole(true)}>Show all ${numberText(value.length)} characters</button>`
  }`
}
