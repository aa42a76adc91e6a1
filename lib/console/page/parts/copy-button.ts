import { useState } from 'preact/hooks'
import { html } from '../html.ts'

/** How long a button says what came of it, in milliseconds. */
const SAID_MS = 2_000

/** Copies a text as it is. `what` names it for a screen reader, where the button's place doesn't. */
export function CopyButton({ text, what }: { text: string; what?: string }) {
  const [said, setSaid] = useState('')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied')
    } catch {
      setSaid('The browser doesn’t allow copying: select the text')
    }
    setTimeout(() => setSaid(''), SAID_MS)
  }
  return html`
    <button type="button" onClick=${copy} aria-label=${what && `Copy: ${what}`}>Copy</button>
    <span class="quiet" role="status">${said}</span>
  `
}
