import { randomBytes } from 'node:crypto'
import { unpacked } from './unpacked.ts'

/** A text that occurs nowhere else: where it is found, whatever held it has come there. */
export interface Canary {
  /** What it stands in for, such as `SASL password`. */
  name: string
  text: string
}

/** @param name without spaces: part of the text, so that a leak is recognised */
export function createCanary(name: string): Canary {
  // With characters that URLs and JSON write differently.
  return { name, text: `${name}+/=&%${randomBytes(12).toString('hex')}` }
}

/** A place where canaries were looked for. */
export interface Searched {
  place: string
  content: string | Uint8Array
}

/** The canaries that are in one of the places, in any of their forms, also compressed: `<canary> as <form> in <place>`. */
export function findCanaries(canaries: readonly Canary[], searched: readonly Searched[]): string[] {
  const forms = canaries.flatMap(({ name, text }) => formsOf(text).map(([form, bytes]) => ({ name, form, bytes })))
  return searched.flatMap(({ place, content }) => {
    const parts = unpacked(Buffer.from(content as string))
    return forms
      .filter(({ bytes }) => parts.some(part => part.includes(bytes)))
      .map(({ name, form }) => `${name} as ${form} in ${place}`)
  })
}

/** How a text may be written. */
function formsOf(text: string): [form: string, bytes: Buffer][] {
  return [
    ['text', Buffer.from(text)],
    ['URL', Buffer.from(encodeURIComponent(text))],
    ['XML', Buffer.from(text.replaceAll('&', '&amp;'))],
    ...[0, 1, 2].flatMap(before => [
      [`base64, ${before} behind a group`, Buffer.from(base64Within(text, before, 'base64'))] as [string, Buffer],
      [`base64url, ${before} behind a group`, Buffer.from(base64Within(text, before, 'base64url'))] as [string, Buffer],
    ]),
    ['hex', Buffer.from(Buffer.from(text).toString('hex'))],
  ]
}

/**
 * The base64 of a text within a longer one, as far as it doesn't depend on what is around it.
 *
 * @param before bytes between the last whole group of three bytes and the text, from 0 to 2
 */
function base64Within(text: string, before: number, encoding: 'base64' | 'base64url'): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
  const whole = bytes.subarray(before === 0 ? 0 : 3, bytes.length - (bytes.length % 3))
  return whole.toString(encoding)
}
