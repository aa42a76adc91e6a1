import { html } from '../../html.ts'
import { CopyButton } from '../../parts/copy-button.ts'
import { shownText } from '../../parts/shown-text.ts'

/** A text to use elsewhere, with a button that copies it. */
export function Copied({ what, text }: { what: string; text: string }) {
  return html`
    <div class="objects-copied">
      <${CopyButton} text=${text} what=${what} />
      <pre tabindex="0" aria-label=${what}>${text.split('\n').map(shownText).join('\n')}</pre>
    </div>
  `
}
