import type { RestorableAnswer, RestoreOptionsGiven } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { Shown } from '../../parts/shown-text.ts'
import { Ago } from '../../parts/time.ts'

interface UndoProps {
  answer: RestorableAnswer
  /** The cluster that is chosen in place of the connector's. */
  to: string
  isBusy: boolean
  undo(options: RestoreOptionsGiven): void
}

/** Restores that have set consumer groups, which can be set back. */
export function Undo({ answer: { restores }, to, isBusy, undo }: UndoProps) {
  if (restores.length === 0) return null
  return html`
    <h2>Restores that have set consumer groups</h2>
    <div class="scroll panel" tabindex="0" role="region" aria-label="Restores that have set consumer groups">
      <table>
        <thead><tr><th scope="col">Restore</th><th scope="col">Groups last set</th><th scope="col">Act</th></tr></thead>
        <tbody>
          ${restores.map(
            ({ id, time }) => html`<tr key=${id}>
              <td><code><${Shown} text=${id} /></code></td>
              <td><${Ago} time=${time} /></td>
              <td><button type="button" disabled=${isBusy} onClick=${() => undo({ id, undo: true, ...(to !== '' && { to }) })}>Set groups back …</button></td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  `
}
