import { alignmentOf } from './alignment.ts'
import { Leftovers } from './leftovers.ts'
import { type Compared, isSame } from './record-fields.ts'
import type { RecordStream } from './record-stream.ts'
import type { Side, Tally } from './tally.ts'
import type { WaitingRecord } from './waiting-record.ts'
import { Window } from './window.ts'

/**
 * How far is looked for the same record after a difference, in records: near first, as most differences are of single records.
 * What is skipped beyond the last of these is found by time.
 */
const REACHES = [16, 512, 16_384]

/** Records of the rest that are taken at once. */
const REST_RECORDS = 1_000

/** What a comparison in order takes for no difference. */
export interface Tolerance {
  /** Whether a side may begin earlier: the other one's retention has deleted it. */
  mayBeginEarlier: Record<Side, boolean>
  /** Whether the second may end earlier, as a replication that is on its way. */
  mayLag: boolean
}

type Windows = Record<Side, Window>
type Skipped = Record<Side, readonly WaitingRecord[]>

/**
 * Compares the records of two partitions in their order. Offsets don't matter. After a difference it continues where both have
 * the same record again.
 */
export async function compareInOrder(
  first: RecordStream,
  second: RecordStream,
  tally: Tally,
  { compared, mayBeginEarlier, mayLag }: Tolerance & { compared: Compared },
): Promise<void> {
  const windows = { first: new Window(first, compared), second: new Window(second, compared) }
  const leftovers = new Leftovers(tally)
  let begun = await takeEqual(windows, tally, compared)
  while ((await windows.first.head()) && (await windows.second.head())) {
    const skipped = await skip(windows)
    if (!begun && isBeginning(skipped, mayBeginEarlier))
      tally.count('gone', skipped.first.length + skipped.second.length)
    else takeSkipped(skipped, tally, leftovers)
    begun = (await takeEqual(windows, tally, compared)) || begun
  }
  if (mayLag) await takeLag(windows.first, tally)
  for (const side of ['first', 'second'] as const) await takeRest(windows[side], side, tally, leftovers)
  leftovers.end()
}

/** Takes the same records from both. @returns whether there was one */
async function takeEqual({ first, second }: Windows, tally: Tally, compared: Compared): Promise<boolean> {
  let any = false
  while (true) {
    const one = first.quickHead ?? (await first.head())
    const other = second.quickHead ?? (await second.head())
    if (!one || !other || !isSame(one, other, compared)) return any
    tally.digest('first', one)
    tally.digest('second', other)
    tally.equal()
    first.shift()
    second.shift()
    any = true
  }
}

/** Takes what is before the next record that both have. */
async function skip({ first, second }: Windows): Promise<Skipped> {
  for (const reach of REACHES) {
    const [some, others] = [await first.look(reach), await second.look(reach)]
    const alignment = alignmentOf(some, others)
    if (alignment) return { first: first.take(alignment.first), second: second.take(alignment.second) }
  }
  return await skipOlder({ first, second })
}

/** Of two windows without a common record, the side with the older ones is behind. */
async function skipOlder({ first, second }: Windows): Promise<Skipped> {
  const [some, others] = [await first.look(Number.POSITIVE_INFINITY), await second.look(Number.POSITIVE_INFINITY)]
  const timeOf = ([waiting]: readonly WaitingRecord[]) => waiting?.record.timestamp ?? -1
  const half = (waiting: readonly WaitingRecord[]) => Math.ceil(waiting.length / 2)
  return {
    first: timeOf(some) <= timeOf(others) ? first.take(half(some)) : [],
    second: timeOf(some) >= timeOf(others) ? second.take(half(others)) : [],
  }
}

function isBeginning({ first, second }: Skipped, mayBeginEarlier: Record<Side, boolean>): boolean {
  return (first.length === 0 || mayBeginEarlier.first) && (second.length === 0 || mayBeginEarlier.second)
}

function takeSkipped(skipped: Skipped, tally: Tally, leftovers: Leftovers): void {
  for (const side of ['first', 'second'] as const) {
    for (const { record } of skipped[side]) tally.digest(side, record)
  }
  leftovers.add(skipped.first, skipped.second)
}

async function takeLag(first: Window, tally: Tally): Promise<void> {
  while (await first.head()) {
    tally.count('notYet', 1)
    first.shift()
  }
}

async function takeRest(window: Window, side: Side, tally: Tally, leftovers: Leftovers): Promise<void> {
  const none = { first: [], second: [] }
  for (let some = await window.look(REST_RECORDS); some.length > 0; some = await window.look(REST_RECORDS)) {
    takeSkipped({ ...none, [side]: window.take(some.length) }, tally, leftovers)
  }
}
