import type { StoredRecord } from '../formats/format.ts'

/** Records of one object, by offset. */
export interface SortedRecords {
  firstOffset: number
  /** Is called when the object's first record is due, or never. */
  read(): AsyncIterable<StoredRecord[]>
}

/** An object that is being read. */
interface Cursor {
  chunks: AsyncIterator<StoredRecord[]>
  chunk: StoredRecord[]
  next: number
}

/** The records of several objects by offset. An object is opened when its first offset is reached. */
export async function* mergeByOffset(objects: readonly SortedRecords[]): AsyncIterable<StoredRecord> {
  const waiting = objects.toSorted((one, other) => other.firstOffset - one.firstOffset)
  const open: Cursor[] = []
  while (true) {
    const least = leastOf(open)
    const next = waiting.at(-1)
    if (next && (!least || next.firstOffset <= headOf(least).offset)) {
      waiting.pop()
      const cursor: Cursor = { chunks: next.read()[Symbol.asyncIterator](), chunk: [], next: 0 }
      if (await fill(cursor)) open.push(cursor)
      continue
    }
    if (!least) return
    yield headOf(least)
    least.next += 1
    if (least.next === least.chunk.length && !(await fill(least))) open.splice(open.indexOf(least), 1)
  }
}

const headOf = ({ chunk, next }: Cursor) => chunk[next] as StoredRecord

function leastOf(open: readonly Cursor[]): Cursor | undefined {
  let least: Cursor | undefined
  for (const cursor of open) if (!least || headOf(cursor).offset < headOf(least).offset) least = cursor
  return least
}

/** Reads the next chunk that isn't empty. @returns whether there is one */
async function fill(cursor: Cursor): Promise<boolean> {
  while (true) {
    const { value, done } = await cursor.chunks.next()
    if (done) return false
    cursor.chunk = value
    cursor.next = 0
    if (value.length > 0) return true
  }
}
