import { html } from '../html.ts'

/**
 * Characters that a reader doesn't see, or that move others about: control characters, marks of direction, those of no width, tags,
 * and separators of lines and paragraphs. Source: Unicode Standard, general categories Cc, Cf, Zl and Zp.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A text that may be anything, such as a topic's name or a header: what can't be seen is written as its code. */
export function shownText(text: string): string {
  return text.replaceAll(UNSEEN, unseen => {
    const code = unseen.codePointAt(0) ?? 0
    return `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
  })
}

/** Such a text in the page. It can't turn the text around it. */
export function Shown({ text }: { text: string }) {
  return html`<bdi>${shownText(text)}</bdi>`
}
