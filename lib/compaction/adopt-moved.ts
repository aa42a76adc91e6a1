import { createCommitLog } from '../commits/commit-log.ts'
import type { CommittedObject, Unit } from '../commits/entry.ts'
import { unitsWithLog } from '../commits/log-units.ts'
import { shortDigest } from '../digest.ts'
import { asCodedError, CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import type { ObjectName } from '../objects/key.ts'
import { assertSame, comparable, copyOf, type Original, recordsOf } from './adopt-copy.ts'
import { type Adoption, type AdoptionReport, isOfOneObject, originals, readOriginal } from './adopt-original.ts'
import type { Compaction } from './compaction.ts'
import { readObject } from './latest-read.ts'
import { valueKey } from './orphans-key.ts'

/** Hexadecimal digits by which records are compared: 128 bits. */
const DIGEST_DIGITS = 32

/**
 * Stages a copy of an original, and copies of its large values, under another prefix. The original stays.
 *
 * @throws CodedError `RECORD_UNDECODABLE` when its records can't be told apart in the objects that compaction makes
 */
export async function moveOriginal(original: Original, from: Compaction, to: Compaction): Promise<void> {
  const { read } = await formats[to.format.format].load()
  if (!read) {
    const message = `${original.key} can’t go to another prefix: with ${to.format.format}, the new objects can’t be compared with it record by record. Adopt it where it is`
    throw new CodedError('RECORD_UNDECODABLE', message, original.name)
  }
  const copy = await copyOf(original, to, record => moved(record, to))
  for (const record of await recordsOf(original, from.format)) await copyValue(record, from, to)
  await to.store.create({ key: copy.key, body: copy.body, contentType: 'application/octet-stream', metadata: {} })
  await assertSame(original.key, copy.key, await to.store.get(copy.key), { prefix: to.prefix, records: copy.records })
}

/** The record under the other prefix, where its large value is as well. */
function moved(record: StoredRecord, { keys }: Compaction): StoredRecord {
  const { topic, partition, offset, valueObject } = record
  return valueObject === undefined ? record : { ...record, valueObject: valueKey(keys, topic, partition, offset) }
}

async function copyValue(record: StoredRecord, from: Compaction, to: Compaction): Promise<void> {
  const { valueObject: source } = record
  if (source === undefined) return
  const key = moved(record, to).valueObject as string
  const held = await from.store.head(source)
  if (!held) throw new CodedError('STORE_OBJECT_MISSING', `${source} is missing, the value of a record`, record)
  const writer = to.store.open({ key, contentType: 'application/octet-stream', metadata: {} })
  for await (const chunk of from.store.stream(source)) await writer.write(chunk)
  const size = (await writer.close())?.size ?? (await to.store.head(key))?.size
  if (size !== held.size) throw new CodedError('STORE_OBJECT_DIFFERS', `${key} differs from ${source}`, record)
}

/** An original whose records are looked for in new objects. */
interface Sought {
  key: string
  name: ObjectName
  /** By offset, the digests of the records that weren't found so far. Absent: it hasn't been read. */
  missing?: Map<number, string>
  etag?: string
}

/**
 * Removes the originals of which every record is in the objects that compaction has made under the other prefix. Each of these
 * objects is read once; an original is read when the first offset of it comes.
 */
export async function removeMoved(
  from: Compaction,
  { to, topics, time }: Adoption & { to: Compaction },
  report: AdoptionReport,
): Promise<void> {
  const byTopic = new Map<string, Sought[]>()
  for await (const { key } of originals(from, topics)) {
    const name = from.keys.parse(key)
    if (!name || name.firstOffset < 0) continue
    const ofTopic = byTopic.get(name.topic) ?? []
    byTopic.set(name.topic, ofTopic)
    ofTopic.push({ key, name })
  }
  for await (const unit of unitsWithLog(to.store, to.prefix)) {
    const sought = byTopic.get(unit.topic) ?? []
    const own = sought.filter(({ name }) => unit.partition === 'all' || name.partition === unit.partition)
    if (own.length === 0) continue
    for (const output of await outputsOf(unit, to)) {
      if (from.now() >= time.deadline || time.signal?.aborted) return
      await removeFound(output, own, { from, to, report }).catch(error => {
        // Deleted since, for its age: nothing was found in it.
        if (asCodedError(error).code !== 'STORE_OBJECT_MISSING') throw error
      })
    }
  }
}

async function outputsOf(unit: Unit, { store, prefix }: Compaction): Promise<CommittedObject[]> {
  const log = createCommitLog(store, prefix, unit)
  const outputs: CommittedObject[] = []
  for await (const { sequence, kinds } of log.entries()) {
    const done = kinds.includes('done') ? await log.done(sequence) : undefined
    for (const output of done?.outputs ?? []) outputs.push(output)
  }
  return outputs.reverse()
}

async function removeFound(
  output: CommittedObject,
  sought: Sought[],
  { from, to, report }: { from: Compaction; to: Compaction; report: AdoptionReport },
): Promise<void> {
  const candidates = sought.filter(({ name, missing }) => name.path === output.path && missing?.size !== 0)
  if (candidates.length === 0) return
  const holding = holdingReader(candidates)
  for await (const records of readObject(output, to)) {
    for (const record of records) {
      for (const one of holding(record)) {
        one.missing ??= await digestsOf(one, from, to)
        if (one.missing.get(record.offset) === digestOf(record)) one.missing.delete(record.offset)
      }
    }
  }
  for (const one of candidates) {
    if (one.missing?.size !== 0 || (await from.store.head(one.key))?.etag !== one.etag) continue
    await from.store.delete([one.key])
    report.removed += 1
  }
}

/** Finds the originals whose bounds have a record, without a look at all of them for each record. */
function holdingReader(candidates: Sought[]): (record: StoredRecord) => Sought[] {
  const byPartition = Map.groupBy(candidates, ({ name }) => name.partition)
  const places = new Map(
    byPartition.entries().map(([partition, some]) => {
      const ordered = some.toSorted((one, other) => one.name.firstOffset - other.name.firstOffset)
      let furthest = -1
      // The last offset of each and those before it: where it ends before a record, none of them has it.
      const ends = ordered.map(({ name }) => (furthest = Math.max(furthest, name.lastOffset)))
      return [partition, { ordered, ends }]
    }),
  )
  return ({ partition, offset }) => {
    const { ordered, ends } = places.get(partition) ?? { ordered: [], ends: [] }
    const found: Sought[] = []
    for (let at = lastFrom(ordered, offset); at >= 0 && (ends[at] as number) >= offset; at--) {
      const one = ordered[at] as Sought
      if (one.name.lastOffset >= offset) found.push(one)
    }
    return found
  }
}

/** The last of the ordered originals that begins at an offset or before it; -1 for none. */
function lastFrom(ordered: Sought[], offset: number): number {
  let [low, high] = [0, ordered.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ordered[middle] as Sought).name.firstOffset <= offset) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** What the original's records have to be in the new objects. An original that can't be read has one that is nowhere. */
async function digestsOf(sought: Sought, from: Compaction, to: Compaction): Promise<Map<number, string>> {
  try {
    const original = await readOriginal(sought.key, from)
    if (!original) return new Map([[-1, '']])
    sought.etag = original.etag
    const records = await recordsOf(original, from.format)
    return new Map(records.map(record => [record.offset, digestOf(moved(record, to))]))
  } catch (error) {
    if (!isOfOneObject(error)) throw error
    return new Map([[-1, '']])
  }
}

function digestOf(record: StoredRecord): string {
  return shortDigest(JSON.stringify(comparable(record)), DIGEST_DIGITS)
}
