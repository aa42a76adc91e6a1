/** Makes elements of templates, as JSX does, without a compiler. */
export { html } from 'htm/preact'
