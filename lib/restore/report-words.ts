import type { RestoredPartition, RestoreReport } from './report.ts'

/** `0-999`; nothing where there are none. */
export function rangeText(first: number | undefined, last: number | undefined): string {
  return first === undefined || last === undefined ? '' : `${first}-${last}`
}

/** A problem with its place, if it has one, and its code. */
export function problemText({ code, message, topic, partition, offset }: RestoreReport['problems'][number]): string {
  const place = [
    topic,
    partition === undefined ? undefined : `partition ${partition}`,
    offset === undefined ? undefined : `offset ${offset}`,
  ].filter(part => part !== undefined)
  return `${place.length > 0 ? `${place.join(', ')}: ` : ''}${message} (${code})`
}

/** The objects of a topic-partition that were passed over, with the offsets that their names tell. */
export function corruptTexts({ topic, partition, corrupt }: RestoredPartition): string[] {
  return corrupt.map(({ key, message, firstOffset, lastOffset }) => {
    const offsets = firstOffset === undefined ? '' : `, offsets ${rangeText(firstOffset, lastOffset)}`
    return `${topic}, partition ${partition}${offsets}: ${key}: ${message}`
  })
}
