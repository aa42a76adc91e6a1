import type { ShownBytes } from '../../api/index.ts'

/** The bytes that a page has of a key, a value or a header. */
export function bytesOf({ base64 }: Pick<ShownBytes, 'base64'>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}

/** Bytes as text in UTF-8. Of bytes that were cut, the last character may be missing. */
export function textOf(bytes: Uint8Array, isCut: boolean): { text: string; isText: boolean } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut }), isText: true }
  } catch {
    return { text: new TextDecoder().decode(bytes), isText: false }
  }
}

/** Bytes in a line of a hex dump. */
const LINE = 16

/** Bytes as a hex dump: where each line begins, its bytes, and those of them that are printable in ASCII. */
export function hexText(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += LINE) {
    const line = Array.from(bytes.subarray(at, at + LINE))
    const hex = line
      .map(hexOf)
      .join(' ')
      .padEnd(LINE * 3 - 1)
    const ascii = line.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex}  ${ascii}`)
  }
  return lines.join('\n')
}

/** What a line of a list has room for: text, or the first bytes where they aren't text. */
export function previewOf(shown: ShownBytes): string {
  return shortText(shown, PREVIEW)
}

/** Bytes on a line of their own: text, or hexadecimal digits where they aren't text. */
export function lineOf(shown: ShownBytes): string {
  return shortText(shown, Number.POSITIVE_INFINITY)
}

function shortText(shown: ShownBytes, most: number): string {
  const bytes = bytesOf(shown)
  const { text, isText } = textOf(bytes, shown.isCut)
  return isText ? text.slice(0, most) : `0x${Array.from(bytes.subarray(0, most / 4), hexOf).join('')}`
}

const PREVIEW = 240

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

/** Bytes that a person has typed: text, or `0x` and hexadecimal digits. */
export function typedBytes(text: string): Uint8Array {
  const [, digits] = /^0x((?:[0-9a-f]{2})+)$/i.exec(text) ?? []
  if (digits === undefined) return new TextEncoder().encode(text)
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}

/** Bytes as a person would type them. */
export function typedText(bytes: Uint8Array): string {
  const { text, isText } = textOf(bytes, false)
  return isText && !/^0x/i.test(text) ? text : `0x${Array.from(bytes, hexOf).join('')}`
}

export function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
}
