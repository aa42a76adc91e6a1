import { html } from '../../html.ts'
import { CopyButton } from '../../parts/copy-button.ts'
import { shownText } from '../../parts/shown-text.ts'

/** The connector's declaration as it is written. */
export function Declaration({ yaml }: { yaml: string }) {
  return html`
    <section aria-labelledby="declaration">
      <div class="row connector-head">
        <h2 id="declaration">Declaration</h2>
        <${CopyButton} text=${yaml} />
      </div>
      <pre tabindex="0" role="region" aria-label="YAML">${yaml.split('\n').map(line => `${shownText(line)}\n`)}</pre>
      <p class="quiet">As it is written, without secrets. What it leaves out has its default.</p>
    </section>
  `
}
