import { type KnownSegment, smallSegment } from './known-segments.ts'
import { endOf, follows, touches } from './offset-map.ts'
import { SEGMENT_SPANS, type Segment } from './offset-map-segment.ts'
import type { Span } from './span-list.ts'

/** A segment that holds all that several others do. */
export interface SegmentMerge {
  segment: Segment
  /** The others, at least two. They can be deleted once the segment is written, in the same request or later. */
  parts: KnownSegment[]
}

/** Most parts of one merge, so that it and the deletion of its parts fit into one request. The next run merges on. */
const MERGE_PARTS = 1_000

/**
 * Merges neighbouring segments of one partition, so that their number is bounded by how often offsets jump, not by how often
 * another instance took over the partition: each take-over begins a segment.
 *
 * - The newest segment is left out, because its writer may be about to write it again. Any other one that is continued has
 *   been replicated twice since, and its writer writes it as a whole.
 * - The merged segment has a key of its own, made of its first offset and the time of its last part. A run of this function
 *   that is late, or runs at the same time as another one, can therefore only write again what is known already; it never
 *   replaces a segment by one with less in it.
 * - It replaces them only where it comes after them on both sides, so positions that were replicated twice, or a source that
 *   was rewound, keep the segments that say so.
 *
 * @param segments of one partition, in the order in which they were begun
 */
export function mergeSegments(segments: KnownSegment[]): SegmentMerge[] {
  const merges: SegmentMerge[] = []
  let merge: SegmentMerge | undefined
  for (const part of segments.slice(0, -1)) {
    const segment = smallSegment(part)
    if (segment && merge && merge.parts.length < MERGE_PARTS && isNext(segment, merge.segment)) {
      merge.segment.spans = joined(merge.segment.spans, segment.spans)
      merge.segment.begun = segment.begun
      merge.parts.push(part)
    } else {
      merge = segment && { segment, parts: [part] }
      if (merge) merges.push(merge)
    }
  }
  // Segments that were all begun in one millisecond wait for a later one, or the key would be that of the first.
  return merges.filter(({ segment, parts: [first] }) => first && segment.begun > first.begun)
}

function isNext(next: Segment, { topicId, spans }: Segment): boolean {
  return (
    next.topicId === topicId &&
    follows(next.spans[0], spans.at(-1)) &&
    spans.length + next.spans.length <= SEGMENT_SPANS
  )
}

function joined(spans: Span[], next: Span[]): Span[] {
  const [last, [first, ...rest]] = [spans.at(-1), next]
  if (!last || !first || !touches(last, first)) return [...spans, ...next]
  return [...spans.slice(0, -1), { ...last, count: endOf(first).sourceFirst - last.sourceFirst }, ...rest]
}
