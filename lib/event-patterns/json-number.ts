import { parseJson } from '../parse-json.ts'

/** A number of a JSON text with the way it is written. */
export class JsonNumber {
  readonly value: number
  readonly text: string

  constructor(value: number, text: string) {
    this.value = value
    this.text = text
  }
}

/** The value of a JSON text, with a {@link JsonNumber} for each number; undefined for text that is not JSON. */
export function parseWithNumbers(text: string): unknown {
  return parseJson(text, (_, value, { source = '' }) =>
    typeof value === 'number' ? new JsonNumber(value, source) : value,
  )
}

/** Whether a value has fields. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
}
