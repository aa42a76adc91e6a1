/** What replaces a parsed value: receives its name, the value, and for a number, text or boolean how it is written. */
export type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown

/** The value of a JSON text; undefined for text that is not JSON. The parser's own message would quote the text. */
export function parseJson(text: string, reviver?: Reviver): unknown {
  try {
    return reviver ? JSON.parse(text, reviver) : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads whole numbers that are beyond a JavaScript number as they are written, digit by digit. */
export const exactInteger: Reviver = (_, value, { source = '' }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value
