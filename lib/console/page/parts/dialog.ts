import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { html } from '../html.ts'
import { AskError } from '../live.ts'
import { Shown } from './shown-text.ts'

interface DialogProps {
  title: string
  /** The button that does it, in the words of what happens. */
  action: string
  /** Does it. What it throws is shown, and the dialog stays. */
  perform(confirmed?: string): Promise<unknown>
  close(): void
  /** The name that a person has to type first. Absent: nothing is lost if it was a mistake. */
  typed?: string
  /** What will happen, or fields to fill in. */
  children?: ComponentChildren
}

/** Asks before something is done, and says what will happen. */
export function Dialog({ title, action, perform, close, typed, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [name, setName] = useState('')
  const [problem, setProblem] = useState('')
  const [isBusy, setBusy] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    try {
      await perform(typed === undefined ? undefined : name)
      // The browser gives the focus back to what had it before.
      dialog.current?.close()
    } catch (error) {
      setProblem(error instanceof AskError ? error.document.message : (error as Error).message)
      setBusy(false)
    }
  }
  return html`
    <dialog ref=${dialog} onClose=${close} aria-labelledby="dialog-title">
      <form onSubmit=${submit}>
        <h2 id="dialog-title"><${Shown} text=${title} /></h2>
        ${children}
        ${
          typed !== undefined &&
          html`<label><span>Type <strong><${Shown} text=${typed} /></strong> to confirm</span>
            <input value=${name} onInput=${(event: Event) => setName((event.target as HTMLInputElement).value)} autocomplete="off" spellcheck=${false} />
          </label>`
        }
        ${problem && html`<p class="problem" role="alert"><${Shown} text=${problem} /></p>`}
        <div class="buttons">
          <button type="button" onClick=${() => dialog.current?.close()}>Cancel</button>
          <button type="submit" class=${typed === undefined ? 'primary' : 'danger'} disabled=${isBusy || (typed !== undefined && name !== typed)}>${action}</button>
        </div>
      </form>
    </dialog>
  `
}
