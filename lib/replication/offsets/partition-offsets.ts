import type { OffsetSync } from './mirror-records.ts'
import { endOf, OffsetMap } from './offset-map.ts'
import type { Segment } from './offset-map-segment.ts'
import type { Span } from './span-list.ts'

/**
 * What both offset topics say about one source partition.
 *
 * MirrorMaker 2 writes only single positions, so each is a span of one record. Where both have written, its positions
 * count only before the first and after the last span of the offset map.
 */
export class PartitionOffsets {
  #map = new OffsetMap()
  #syncs = new OffsetMap()
  #hasNewSyncs = false
  /** When the newest segment was begun. */
  #begun = Number.NEGATIVE_INFINITY
  #topicId: string | undefined

  /** How many spans there are. */
  get length(): number {
    return this.#map.length + this.#syncs.length
  }

  /** The offset after the last source record that is known to be on the target; undefined when there is none. */
  get sourceEnd(): number | undefined {
    const [map, syncs] = [this.#map.sourceEnd, this.#syncs.sourceEnd]
    return map === undefined || syncs === undefined ? (map ?? syncs) : Math.max(map, syncs)
  }

  addSync({ sourceOffset, targetOffset }: OffsetSync): void {
    this.#syncs.add({ sourceFirst: sourceOffset, targetFirst: targetOffset, count: 1 })
    this.#hasNewSyncs = true
  }

  /**
   * Adds spans of a segment. The topic holds segments in the order in which they were last written, which is another one
   * than that of replication once they have been merged or compacted.
   *
   * A source topic that was deleted and created again has another id: its first segment ends what was known before, however
   * much its offsets are like those of the deleted topic.
   */
  addSegment({ begun, topicId }: Pick<Segment, 'begun' | 'topicId'>, spans: Span[]): void {
    const isNewest = begun >= this.#begun
    if (topicId !== undefined && this.#topicId !== undefined && topicId !== this.#topicId) {
      if (!isNewest) return
      ;[this.#map, this.#syncs] = [new OffsetMap(), new OffsetMap()]
    }
    if (isNewest) [this.#begun, this.#topicId] = [begun, topicId ?? this.#topicId]
    for (const span of spans) {
      if (isNewest) this.#map.add(span)
      else this.#map.addEarlier(span)
    }
  }

  /** Forgets the syncs within the map: they were written by this project, and the spans are more precise. */
  dropCoveredSyncs(): void {
    const { first, sourceEnd } = this.#map
    if (!this.#hasNewSyncs || first === undefined || sourceEnd === undefined) return
    const outside = new OffsetMap()
    for (const sync of this.#syncs.spans) {
      if (sync.sourceFirst < first.sourceFirst || sync.sourceFirst >= sourceEnd) outside.add(sync)
    }
    this.#syncs = outside
    this.#hasNewSyncs = false
  }

  /** As `OffsetMap.translate`. */
  translate(sourceOffset: number): number | undefined {
    const { first, last } = this.#map
    if (first === undefined || last === undefined) return this.#syncs.translate(sourceOffset)
    if (sourceOffset < first.sourceFirst) {
      const position = this.#syncs.translate(sourceOffset)
      return position === undefined ? undefined : Math.min(position, first.targetFirst)
    }
    const [end, sync] = [endOf(last), this.#syncs.at(sourceOffset)]
    const isLater = sync && sync.sourceFirst >= end.sourceFirst && sync.targetFirst >= end.targetFirst
    return (isLater ? this.#syncs : this.#map).translate(sourceOffset)
  }

  /** As `OffsetMap.thin`. */
  thin(): void {
    const larger = this.#map.length >= this.#syncs.length ? this.#map : this.#syncs
    larger.thin()
  }
}
