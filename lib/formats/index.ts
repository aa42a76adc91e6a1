import type { Format } from './format.ts'

/** Every format by its name, loaded when it is first used: what a function doesn't use costs its start nothing. */
const formats = {
  json: async () => (await import('./json.ts')).json,
  jsonl: async () => (await import('./jsonl.ts')).jsonl,
  raw: async () => (await import('./raw.ts')).raw,
  avro: async () => (await import('./avro.ts')).avro,
  parquet: async () => (await import('./parquet.ts')).parquet,
} satisfies Record<string, () => Promise<Format>>

export type FormatName = keyof typeof formats
export const formatNames = Object.keys(formats) as FormatName[]

export function loadFormat(name: FormatName): Promise<Format> {
  return formats[name]()
}
