import type { ClosingReason } from '../commits/entry.ts'
import { MAX_OUTPUT_BYTES, type Rotation } from './rotation.ts'
import { slotReader } from './slot.ts'

/** A frame that can be put into an output. */
export interface PlannableFrame {
  /** Its staged object, and its place therein. */
  key: string
  frame: number
  path?: string
  partition: number
  /** Digest of its form. */
  form: string
  /** Of objects of this form. */
  extension: string
  /** As it is staged, even if some records are cut. */
  bytes: number
  /** Of those that are taken. */
  firstOffset: number
  lastOffset: number
  records: number
  /** Least and greatest timestamp; -1 where Kafka has none. */
  minTimestamp: number
  maxTimestamp: number
  /** When it was staged, in milliseconds since the epoch. */
  staged: number
  /** Offsets of its records whose values are objects of their own. */
  large: number[]
  /** Whether it is a copy of an object that a dump without rotation left. */
  adopted?: true
}

export interface ClosedOutput {
  path?: string
  frames: PlannableFrame[]
  reason: ClosingReason
}

export interface PlannedFrames {
  /** In the order in which they close. */
  closed: ClosedOutput[]
  /** Frames that wait for others. */
  open: PlannableFrame[]
}

/**
 * Divides the frames of each path into outputs: a pure function, so that a simulation can run it and a plan says all of it. Every
 * output closes at {@link MAX_OUTPUT_BYTES}.
 *
 * @param frames in the order in which outputs hold them
 * @param rotation absent: everything closes
 * @param now in milliseconds since the epoch
 */
export function planOutputs(frames: PlannableFrame[], rotation: Rotation | undefined, now: number): PlannedFrames {
  const planned: PlannedFrames = { closed: [], open: [] }
  const rules = rotation ? closingRules(rotation, now) : everything()
  for (const [path, group] of Map.groupBy(frames, frame => frame.path)) planPath(path, group, rules, planned)
  return planned
}

/** When an output closes: before a frame, with its last frame, or because of the time. */
interface ClosingRules {
  before(open: PlannableFrame[], next: PlannableFrame): ClosingReason | undefined
  with(open: PlannableFrame[]): ClosingReason | undefined
  now(open: PlannableFrame[]): ClosingReason | undefined
}

function everything(): ClosingRules {
  const sizes = runningSums()
  return {
    before: (open, next) => cutBefore(open, next, sizes(open)),
    with: open => (sizes(open).bytes >= MAX_OUTPUT_BYTES ? 'targetSizeBytes' : undefined),
    now: () => 'all',
  }
}

function planPath(path: string | undefined, frames: PlannableFrame[], rules: ClosingRules, planned: PlannedFrames) {
  let open: PlannableFrame[] = []
  const close = (reason: ClosingReason | undefined) => {
    if (!reason || open.length === 0) return
    planned.closed.push({ path, frames: open, reason })
    open = []
  }
  for (const frame of frames) {
    if (open.length > 0) close(rules.before(open, frame))
    open.push(frame)
    close(rules.with(open))
  }
  if (open.length > 0) close(rules.now(open))
  for (const frame of open) planned.open.push(frame)
}

function closingRules(rotation: Rotation, now: number): ClosingRules {
  const { flushSize = Number.POSITIVE_INFINITY, targetSizeBytes = MAX_OUTPUT_BYTES, maxOpenMs } = rotation
  const { rotateIntervalMs = Number.POSITIVE_INFINITY, rotateScheduleIntervalMs, timeZone } = rotation
  const slotOf = rotateScheduleIntervalMs ? slotReader(timeZone, rotateScheduleIntervalMs) : () => ''
  const sizes = runningSums()
  return {
    before(open, next) {
      const [first] = open as [PlannableFrame]
      const cut = cutBefore(open, next, sizes(open))
      if (cut) return cut
      if (slotOf(first.staged) !== slotOf(next.staged)) return 'rotateScheduleIntervalMs'
      return spanOf(sizes(open), next) > rotateIntervalMs ? 'rotateIntervalMs' : undefined
    },
    with(open) {
      const { records, bytes } = sizes(open)
      if (records >= flushSize) return 'flushSize'
      return bytes >= targetSizeBytes ? 'targetSizeBytes' : undefined
    },
    now(open) {
      if (open.some(({ staged }) => slotOf(staged) !== slotOf(now))) return 'rotateScheduleIntervalMs'
      const oldest = open.reduce((least, { staged }) => Math.min(least, staged), Number.POSITIVE_INFINITY)
      return now - oldest >= maxOpenMs ? 'maxOpenMs' : undefined
    },
  }
}

/** Why a frame can't follow those that are open, whatever the limits are. */
function cutBefore([first]: PlannableFrame[], next: PlannableFrame, { last }: Sums): ClosingReason | undefined {
  if (first?.form !== next.form) return 'form'
  return next.firstOffset < (last.get(next.partition) ?? 0) ? 'order' : undefined
}

interface Sums {
  records: number
  bytes: number
  /** The last offset of each partition. */
  last: Map<number, number>
  /** Infinite without timestamps. */
  least: number
  greatest: number
}

/** Sums of a list that grows at its end: each call adds only what is new, so that a long list costs no more than its length. */
function runningSums(): (open: PlannableFrame[]) => Sums {
  let list: PlannableFrame[] | undefined
  let counted = 0
  let sums: Sums = noSums()
  return open => {
    if (open !== list) {
      list = open
      counted = 0
      sums = noSums()
    }
    for (; counted < open.length; counted++) add(sums, open[counted] as PlannableFrame)
    return sums
  }
}

const noSums = (): Sums => ({
  records: 0,
  bytes: 0,
  last: new Map(),
  least: Number.POSITIVE_INFINITY,
  greatest: Number.NEGATIVE_INFINITY,
})

function add(sums: Sums, frame: PlannableFrame) {
  const { records, bytes, partition, lastOffset, minTimestamp, maxTimestamp } = frame
  sums.records += records
  sums.bytes += bytes
  sums.last.set(partition, Math.max(lastOffset, sums.last.get(partition) ?? 0))
  if (maxTimestamp === -1) return
  sums.least = Math.min(sums.least, minTimestamp)
  sums.greatest = Math.max(sums.greatest, maxTimestamp)
}

/** Of the timestamps of an output with one more frame, in milliseconds; 0 or less without timestamps. */
function spanOf({ least, greatest }: Sums, { minTimestamp, maxTimestamp }: PlannableFrame): number {
  if (maxTimestamp === -1) return 0
  return Math.max(greatest, maxTimestamp) - Math.min(least, minTimestamp)
}
