const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACE = 0x7b
/** In ASCII, `]` and `}` come two behind `[` and `{`. */
const TO_CLOSING = 2

/**
 * The members of an object as they are written, by name. Parsing a value and writing it again would change the order of members
 * whose names are numbers, digits, and escapes.
 *
 * @param text of a JSON object, which is valid
 */
export function membersOf(text: string): Map<string, string> {
  const members = new Map<string, string>()
  for (const member of itemsOf(text)) {
    const start = member.indexOf('"')
    const end = endOfString(member, start)
    const value = member.slice(member.indexOf(':', end) + 1).trim()
    members.set(JSON.parse(member.slice(start, end + 1)), value)
  }
  return members
}

/**
 * The items of an array, or the members of an object with their names, as they are written.
 *
 * @param text of a JSON array or object, which is valid
 */
export function* itemsOf(text: string): Iterable<string> {
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at)
    } else if (code === COMMA && depth === 1) {
      yield text.slice(start, at)
      start = at + 1
    } else if (code === BRACKET || code === BRACE) {
      depth++
      if (depth === 1) start = at + 1
    } else if (code === BRACKET + TO_CLOSING || code === BRACE + TO_CLOSING) {
      depth--
      if (depth === 0 && text.slice(start, at).trim() !== '') yield text.slice(start, at)
    }
  }
}

/** Where the string that begins here has its closing quotation mark. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) at++
  }
  return text.length
}

/**
 * The bytes that a JSON text stands for: those of a string's text, or of its base64; none for null; those of the text itself for
 * anything else.
 *
 * @param text valid JSON without blanks around it
 * @throws an error when a string is not base64
 */
export function bytesOfJson(text: string, isBase64: boolean): Buffer | null {
  if (text === 'null') return null
  if (!text.startsWith('"')) return Buffer.from(text)
  const string = JSON.parse(text) as string
  return isBase64 ? bytesOfBase64(string) : Buffer.from(string)
}

/** Node's decoder skips invalid characters, so they are checked here. @throws an error when the text is not base64 */
export function bytesOfBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new Error('a part that should be base64 is not')
  return bytes
}
