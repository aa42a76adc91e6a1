/** Where a page of records continues. */
export interface Continuation {
  isBackward: boolean
  /** By partition: forward, the offset to begin at; backward, the one to end before. */
  places: Map<number, number>
}

/**
 * As text that is short and needs no escapes in an address, where a topic of a thousand partitions has to fit: `b0.2s~1.1z`, the
 * direction and then partition and offset to the base of 36. Node takes 16 KiB of headers, the address among them.
 */
export function continuationText({ isBackward, places }: Continuation): string {
  const parts = Array.from(places, ([partition, offset]) => `${partition.toString(36)}.${offset.toString(36)}`)
  return `${isBackward ? 'b' : 'f'}${parts.join('~')}`
}

/** Undefined for other text. */
export function parseContinuation(text: string): Continuation | undefined {
  const [, direction, list = ''] =
    /^([bf])([0-9a-z]{1,6}\.[0-9a-z]{1,11}(?:~[0-9a-z]{1,6}\.[0-9a-z]{1,11})*)$/.exec(text) ?? []
  if (direction === undefined) return undefined
  const places = list.split('~').map(part => part.split('.').map(digits => Number.parseInt(digits, 36)))
  return { isBackward: direction === 'b', places: new Map(places as [number, number][]) }
}
