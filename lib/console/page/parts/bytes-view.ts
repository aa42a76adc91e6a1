import type { ComponentChildren } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { ShownBytes, ShownRecord } from '../../api/index.ts'
import { html } from '../html.ts'
import { bytesOf, hexText, textOf } from './bytes.ts'
import { JsonTree } from './json-tree.ts'
import { bytesText, numberText } from './number.ts'
import { parseTree } from './parse-tree.ts'
import { Shown, shownText } from './shown-text.ts'

type View = 'decoded' | 'json' | 'text' | 'hex'

const titles: Record<View, string> = { decoded: 'Decoded', json: 'JSON', text: 'Text', hex: 'Hex' }

/** What a person has chosen last, for the record that is opened next. */
const chosen = new Map<string, View>()

/** Bytes of a hex dump that are shown at first, and with each press of the button below it. */
const HEX_STEP = 4_096

interface BytesProps {
  /** What it is: `Key`, `Value`. */
  title: string
  shown: ShownBytes
  decoded?: ShownRecord['decoded']
  /** Buttons beside those that choose the view. */
  children?: ComponentChildren
}

/** Bytes as what they are decoded to, as a tree of JSON, as text, or byte by byte. */
export function BytesView({ title, shown, decoded, children }: BytesProps) {
  const bytes = useMemo(() => bytesOf(shown), [shown])
  const { text, isText } = useMemo(() => textOf(bytes, shown.isCut), [bytes, shown])
  const json = useMemo(() => (isText && !shown.isCut ? parseTree(text) : undefined), [text, isText, shown])
  const decodedText = decoded && 'json' in decoded ? decoded.json : undefined
  const views: View[] = [
    // What is decoded from JSON is the same JSON.
    ...(decodedText !== undefined && decodedText !== text ? (['decoded'] as const) : []),
    ...(json === undefined ? [] : (['json'] as const)),
    ...(isText ? (['text', 'hex'] as const) : (['hex', 'text'] as const)),
  ]
  const [wanted, setWanted] = useState(chosen.get(title))
  const view = views.find(view => view === wanted) ?? (views[0] as View)
  const choose = (view: View) => {
    chosen.set(title, view)
    setWanted(view)
  }
  return html`
    <div class="row bytes-views">
      <div role="group" aria-label="How to show it: ${title}" class="row">
        ${views.map(one => html`<button type="button" aria-pressed=${one === view} onClick=${() => choose(one)}>${titles[one]}</button>`)}
      </div>
      ${children}
    </div>
    ${decoded && 'code' in decoded && html`<p class="problem">Not decoded: <${Shown} text=${decoded.message} /> <code>${decoded.code}</code></p>`}
    ${view === 'decoded' && decoded && 'json' in decoded && html`<${DecodedView} ...${decoded} title=${title} />`}
    ${view === 'json' && html`<${JsonTree} value=${json} />`}
    ${view === 'text' && html`<${TextView} text=${text} isText=${isText} title=${title} />`}
    ${view === 'hex' && html`<${HexView} bytes=${bytes} title=${title} />`}
    ${shown.isCut && html`<p class="quiet">These are the first ${bytesText(bytes.length)} of ${bytesText(shown.size)}.</p>`}
  `
}

function DecodedView({ json, isCut, title }: { json: string; isCut: boolean; title: string }) {
  const value = useMemo(() => (isCut ? undefined : parseTree(json)), [json, isCut])
  if (value !== undefined) return html`<${JsonTree} value=${value} />`
  return html`
    <${TextView} text=${json} isText=${true} title=${title} />
    ${isCut && html`<p class="quiet">These are the first ${numberText(json.length)} characters.</p>`}
  `
}

function TextView({ text, isText, title }: { text: string; isText: boolean; title: string }) {
  const lines = useMemo(() => text.split('\n').map(shownText).join('\n'), [text])
  return html`
    ${!isText && html`<p class="quiet">These bytes are not text in UTF-8: <code>�</code> stands for what can’t be read.</p>`}
    <pre tabindex="0" aria-label="${title} as text"><bdi>${lines}</bdi></pre>
  `
}

function HexView({ bytes, title }: { bytes: Uint8Array; title: string }) {
  const [most, setMost] = useState(HEX_STEP)
  return html`
    <pre class="bytes-hex" tabindex="0" aria-label="${title} in hexadecimal">${hexText(bytes.subarray(0, most))}</pre>
    ${bytes.length > most && html`<button type="button" onClick=${() => setMost(most + HEX_STEP)}>Show more bytes</button>`}
  `
}
