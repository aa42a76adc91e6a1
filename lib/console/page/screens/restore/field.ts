import { html } from '../../html.ts'

interface FieldProps {
  label: string
  value: string
  set(value: string): void
  type?: string
  placeholder?: string
  required?: boolean
  /** The id of a list of what may be typed. */
  list?: string
}

/** A field for text or a time. */
export function Field({ label, value, set, type = 'text', ...others }: FieldProps) {
  const input = (event: Event) => set((event.target as HTMLInputElement).value.trim())
  return html`
    <label>${label}
      <input type=${type} value=${value} onInput=${input} autocomplete="off" spellcheck=${false} step=${type === 'text' ? undefined : 1} ...${others} />
    </label>
  `
}

interface ChooseProps {
  label: string
  value: string
  /** Texts by value, in their order. */
  choices: Record<string, string>
  set(value: string): void
}

/** One of a few. */
export function Choose({ label, value, choices, set }: ChooseProps) {
  return html`
    <label>${label}
      <select value=${value} onChange=${(event: Event) => set((event.target as HTMLSelectElement).value)}>
        ${Object.entries(choices).map(([value, text]) => html`<option value=${value}>${text}</option>`)}
      </select>
    </label>
  `
}

/** Yes or no. */
export function Check({ label, value, set }: { label: string; value: boolean; set(value: boolean): void }) {
  const change = (event: Event) => set((event.target as HTMLInputElement).checked)
  return html`<label class="restore-check"><input type="checkbox" checked=${value} onChange=${change} /> ${label}</label>`
}
