import type { StoredRecord } from '../formats/format.ts'
import { isSameRecord } from './same-record.ts'

/** Records in ascending order of their offsets. */
export interface SortedRecords {
  /** No record has a lower offset, and none a higher one. */
  first: number
  last: number
  /** As they are stored. */
  bytes: number
  /** Bytes in memory while they are read. */
  held: number
  partition: number
  /** See {@link Reading.precedenceOf}. */
  precedence(record: StoredRecord): number
  /** Is told of each record that was in a file meanwhile, and so is another object than the one that was read. */
  onRestored?(record: StoredRecord): void
  /** Is called when the first offset is due, or never. */
  read(): AsyncGenerator<StoredRecord[]>
}

/** What was left out of a merge. */
export interface MergeFindings {
  duplicates: number
  conflicts: number
}

interface Cursor extends Pick<SortedRecords, 'precedence'> {
  chunks: AsyncGenerator<StoredRecord[]>
  chunk: StoredRecord[]
  next: number
}

/** Records of offsets that several have are given in lists of so many. */
const LIST = 1_000

/**
 * The records of several by offset, each offset once. Each is opened when its first offset is reached and closed at its end.
 * What lies between the offsets of others is passed on as it comes.
 */
export async function* mergeByOffset(
  all: readonly Pick<SortedRecords, 'first' | 'precedence' | 'read'>[],
  findings: MergeFindings,
): AsyncGenerator<StoredRecord[]> {
  const [only, ...others] = all
  if (only && others.length === 0) return yield* only.read()
  const waiting = all.toSorted((one, other) => other.first - one.first)
  const open: Cursor[] = []
  let list: StoredRecord[] = []
  try {
    while (true) {
      const least = leastOf(open)
      const next = waiting.at(-1)
      if (next && (!least || next.first <= headOf(least))) {
        waiting.pop()
        const cursor = { precedence: next.precedence, chunks: next.read(), chunk: [], next: 0 }
        open.push(cursor)
        await fillOrClose(cursor, open)
        continue
      }
      if (!least) break
      const bound = boundFor(least, open, next)
      if (headOf(least) < bound) {
        const { chunk, next: begin } = least
        const end = endBelow(chunk, begin, bound)
        least.next = end
        if (list.length > 0) yield list
        list = []
        yield begin === 0 && end === chunk.length ? chunk : chunk.slice(begin, end)
        if (end === chunk.length) await fillOrClose(least, open)
        continue
      }
      list.push(await takeEqual(headOf(least), open, findings))
      if (list.length < LIST) continue
      yield list
      list = []
    }
    if (list.length > 0) yield list
  } finally {
    for (const { chunks } of open) await chunks.return(undefined)
  }
}

const precedenceOf = ({ precedence, chunk, next }: Cursor) => precedence(chunk[next] as StoredRecord)
const headOf = ({ chunk, next }: Cursor) => (chunk[next] as StoredRecord).offset

/** The cursor with the lowest offset; of several, the one whose record is kept. */
function leastOf(open: readonly Cursor[]): Cursor | undefined {
  let least: Cursor | undefined
  for (const cursor of open) {
    if (!least || headOf(cursor) < headOf(least)) least = cursor
    else if (headOf(cursor) === headOf(least) && precedenceOf(cursor) > precedenceOf(least)) least = cursor
  }
  return least
}

/** The lowest offset of the others: what the cursor has below it is nobody else's. */
function boundFor(least: Cursor, open: readonly Cursor[], next: Pick<SortedRecords, 'first'> | undefined): number {
  let bound = next?.first ?? Number.POSITIVE_INFINITY
  for (const cursor of open) if (cursor !== least && headOf(cursor) < bound) bound = headOf(cursor)
  return bound
}

/** Where the first record is that is not below the bound. */
function endBelow(chunk: StoredRecord[], begin: number, bound: number): number {
  let [low, high] = [begin, chunk.length]
  if ((chunk[high - 1] as StoredRecord).offset < bound) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if ((chunk[middle] as StoredRecord).offset < bound) low = middle + 1
    else high = middle
  }
  return low
}

/** Of records that are sorted by offset, and at the same offset by precedence, the first of each offset. */
export function takeFirst(records: readonly StoredRecord[], findings: MergeFindings): StoredRecord[] {
  const taken: StoredRecord[] = []
  let last: StoredRecord | undefined
  for (const record of records) {
    if (record.offset === last?.offset) {
      findings.duplicates += 1
      if (!isSameRecord(last, record)) findings.conflicts += 1
    } else {
      taken.push(record)
      last = record
    }
  }
  return taken
}

/** Takes the records with the same offset, and returns the one that is kept. */
async function takeEqual(offset: number, open: Cursor[], findings: MergeFindings): Promise<StoredRecord> {
  const equal = open.filter(cursor => headOf(cursor) === offset)
  const winner = leastOf(equal) as Cursor
  const kept = winner.chunk[winner.next] as StoredRecord
  for (const cursor of equal) {
    const record = cursor.chunk[cursor.next] as StoredRecord
    cursor.next += 1
    if (cursor !== winner) {
      findings.duplicates += 1
      if (!isSameRecord(kept, record)) findings.conflicts += 1
    }
  }
  for (const cursor of equal) if (cursor.next === cursor.chunk.length) await fillOrClose(cursor, open)
  return kept
}

/** Reads the next chunk that isn't empty; at the end the cursor is open no longer. */
async function fillOrClose(cursor: Cursor, open: Cursor[]): Promise<void> {
  do {
    const { value, done } = await cursor.chunks.next()
    if (done) {
      open.splice(open.indexOf(cursor), 1)
      return
    }
    cursor.chunk = value
    cursor.next = 0
  } while (cursor.chunk.length === 0)
}
