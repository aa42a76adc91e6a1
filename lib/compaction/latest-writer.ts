import type { CommitStore } from '../commits/commit-store.ts'
import type { LatestPlan } from '../commits/entry.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import type { JoinedObject, Joining } from '../formats/joining.ts'
import type { ObjectWriter } from '../s3/store.ts'
import { contentOf } from './object-form.ts'
import { assertMadeBy } from './replace-hidden.ts'

/** Bytes of records, before they are encoded, that become one frame. Less compresses worse, and more takes memory. */
const FRAME_BYTES = 1024 * 1024

/** What a record takes at least in most formats, beside its bytes. */
const RECORD_BYTES = 100

/** Frames of an object at least, so that it ends near the size that it may have. */
const FRAMES_AT_LEAST = 4

/** What is known of an object when its last record is written. */
export interface WrittenObject {
  key: string
  bytes: number
  firstOffset: number
  lastOffset: number
  records: number
  minTimestamp: number
  maxTimestamp: number
  large: number[]
}

interface Target {
  store: CommitStore
  plan: number
  latest: LatestPlan
  /** The key of the nth object. */
  keyOf(index: number): string
  /** Is awaited before an object is created. */
  check(): Promise<void>
}

interface OpenObject extends WrittenObject {
  joined: JoinedObject
  writer: ObjectWriter
}

/** Writes records, which come by offset, into objects of at most the target size. */
export class LatestWriter {
  readonly #target: Target
  readonly #joining: Joining
  readonly #written: WrittenObject[] = []
  readonly #frameBytes: number
  #open?: OpenObject
  #frame: StoredRecord[] = []
  #bytes = 0

  static async create(target: Target): Promise<LatestWriter> {
    const { joining } = await formats[target.latest.form.format].load()
    return new LatestWriter(target, joining)
  }

  private constructor(target: Target, joining: Joining) {
    this.#target = target
    this.#joining = joining
    this.#frameBytes = Math.min(FRAME_BYTES, target.latest.targetBytes / FRAMES_AT_LEAST)
  }

  async add(record: StoredRecord): Promise<void> {
    this.#frame.push(record)
    const ofHeaders = record.headers.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0)
    this.#bytes += RECORD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0) + ofHeaders
    if (this.#bytes >= this.#frameBytes) await this.#endFrame()
  }

  /** Completes the last object. @returns all objects, in their order */
  async end(): Promise<WrittenObject[]> {
    if (this.#frame.length > 0) await this.#endFrame()
    if (this.#open) await this.#close(this.#open)
    return this.#written
  }

  async abort(): Promise<void> {
    await this.#open?.writer.abort()
  }

  async #endFrame(): Promise<void> {
    const records = this.#frame
    this.#frame = []
    this.#bytes = 0
    const { form, targetBytes } = this.#target.latest
    const frame = await this.#joining.frame(records, form)
    if (this.#open && this.#open.bytes + frame.length > targetBytes) await this.#close(this.#open)
    this.#open ??= this.#begin()
    await write(this.#open, await this.#open.joined.add(frame))
    for (const record of records) count(this.#open, record)
  }

  #begin(): OpenObject {
    const { store, plan, latest, keyOf } = this.#target
    const key = keyOf(this.#written.length)
    const metadata = { plan: String(plan) }
    const writer = store.open({ key, ...contentOf(latest.form), metadata })
    const joined = this.#joining.begin(latest.form, key)
    const times = { minTimestamp: -1, maxTimestamp: -1 }
    return { key, bytes: 0, firstOffset: -1, lastOffset: -1, records: 0, ...times, large: [], joined, writer }
  }

  async #close({ joined, writer, ...object }: OpenObject): Promise<void> {
    const { store, plan, check } = this.#target
    this.#open = undefined
    const bytes = await joined.end()
    for (const chunk of bytes) await writer.write(chunk)
    object.bytes += bytes.reduce((sum, { length }) => sum + length, 0)
    try {
      await check()
    } catch (error) {
      await writer.abort()
      throw error
    }
    const created = await writer.close()
    // The answer to an earlier attempt was lost.
    if (!created) assertMadeBy(object.key, plan, await store.head(object.key), object.bytes)
    this.#written.push(object)
  }
}

async function write(object: OpenObject, chunks: Buffer[]): Promise<void> {
  for (const chunk of chunks) {
    await object.writer.write(chunk)
    object.bytes += chunk.length
  }
}

function count(object: WrittenObject, { offset, timestamp, valueObject }: StoredRecord): void {
  object.firstOffset = object.records === 0 ? offset : Math.min(object.firstOffset, offset)
  object.lastOffset = Math.max(object.lastOffset, offset)
  object.records += 1
  if (valueObject !== undefined) object.large.push(offset)
  if (timestamp === -1) return
  object.minTimestamp = object.maxTimestamp === -1 ? timestamp : Math.min(object.minTimestamp, timestamp)
  object.maxTimestamp = object.maxTimestamp === -1 ? timestamp : Math.max(object.maxTimestamp, timestamp)
}
