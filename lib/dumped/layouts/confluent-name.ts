/** What the name of an object of Confluent's sink says. */
export interface ConfluentName {
  topic: string
  partition: number
  firstOffset: number
  /** What it has of its records; a companion has something else than their values. */
  part: 'values' | 'keys' | 'headers'
  /** What the name begins with, with that of its companions. */
  base: string
}

/** No topic has a plus sign in its name. */
const OBJECT_KEY =
  /^(?<base>(?:.*\/)?(?<topic>[A-Za-z0-9._-]+)\+(?<partition>\d+)\+(?<offset>\d+)\.)(?:(?<companion>keys|headers)\.)?[^/]+$/

/** Undefined for keys that the sink doesn't make. */
export function parseConfluentKey(key: string): ConfluentName | undefined {
  const { base = '', topic = '', partition, offset, companion } = OBJECT_KEY.exec(key)?.groups ?? {}
  if (base === '') return undefined
  const part = (companion ?? 'values') as ConfluentName['part']
  return { topic, partition: Number(partition), firstOffset: Number(offset), part, base }
}
