import type { Format } from './format.ts'
import { json } from './json.ts'

/** Every format by its name. */
export const formats = { json } satisfies Record<string, Format>
export type FormatName = keyof typeof formats
