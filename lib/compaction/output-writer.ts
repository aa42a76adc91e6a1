import type { CommittedObject, Gap, Plan, PlannedOutput } from '../commits/entry.ts'
import { LACKS, RECORD_COUNT } from '../commits/object-metadata.ts'
import { CodedError } from '../error.ts'
import type { FormatSettings } from '../formats/encode.ts'
import { formats } from '../formats/index.ts'
import type { JoinedObject } from '../formats/joining.ts'
import type { HeldObject, ObjectWriter } from '../s3/store.ts'
import type { Compaction } from './compaction.ts'
import { contentOf } from './object-form.ts'

/** An output of a plan that is being written. */
export class OutputWriter {
  readonly #output: PlannedOutput
  readonly #plan: Plan
  readonly #gap: Gap | undefined
  readonly #compaction: Compaction
  #joined: JoinedObject | undefined
  #writer: ObjectWriter | undefined

  constructor(output: PlannedOutput, plan: Plan, gap: Gap | undefined, compaction: Compaction) {
    this.#output = output
    this.#plan = plan
    this.#gap = gap
    this.#compaction = compaction
  }

  /** @param form of the first frame, and so of all */
  async add(frame: Buffer, form: FormatSettings): Promise<void> {
    const joined = await this.#begin(form)
    await this.#write(await joined.add(frame))
  }

  /**
   * Ends the object, which is created unless it is there already.
   *
   * @param form of an output without frames, which is an object without records
   * @throws CodedError `STORE_OBJECT_DIFFERS` when the key has another object
   */
  async end(form: FormatSettings): Promise<CommittedObject> {
    const joined = await this.#begin(form)
    await this.#write(await joined.end())
    const created = await (this.#writer as ObjectWriter).close()
    if (created) return committed(this.#output, created, this.#lacks)
    return await existingOutput(this.#output, this.#plan, this.#compaction)
  }

  async abort(): Promise<void> {
    await this.#writer?.abort()
  }

  async #begin(form: FormatSettings): Promise<JoinedObject> {
    if (this.#joined) return this.#joined
    const { key } = this.#output
    const { joining } = await formats[form.format].load()
    this.#writer = this.#compaction.store.open({ key, ...contentOf(form), metadata: this.#metadata() })
    this.#joined = joining.begin(form, key)
    return this.#joined
  }

  async #write(pieces: Buffer[]): Promise<void> {
    for (const bytes of pieces) await (this.#writer as ObjectWriter).write(bytes)
  }

  /** See {@link CommittedObject.gap}. */
  get #lacks(): number | undefined {
    const missing = new Set(this.#gap?.inputs)
    return this.#output.frames.some(([input]) => missing.has(input)) ? missing.size : undefined
  }

  #metadata(): Record<string, string> {
    const { firstOffset, lastOffset, records, reason } = this.#output
    const bounds = { 'first-offset': String(firstOffset), 'last-offset': String(lastOffset) }
    const lacks = this.#lacks
    const counted: Record<string, string> = lacks ? { [LACKS]: String(lacks) } : { [RECORD_COUNT]: String(records) }
    return { ...planMetadata(this.#plan), ...bounds, ...counted, 'closed-by': reason }
  }
}

/**
 * An output that another worker has written, or this one in another run.
 *
 * @throws CodedError `STORE_OBJECT_DIFFERS` when another plan, or something else, made the object
 */
export async function existingOutput(
  output: PlannedOutput,
  plan: Plan,
  compaction: Compaction,
): Promise<CommittedObject> {
  const found = await findOutput(output, plan, compaction)
  if (found) return found
  const message = `${output.key} was there, and is gone: something else deletes objects of this folder. Retried.`
  throw new CodedError('STORE_UNAVAILABLE', message, { retryable: true })
}

/** Undefined when the output isn't written yet. @throws CodedError `STORE_OBJECT_DIFFERS` */
export async function findOutput(
  output: PlannedOutput,
  plan: Plan,
  { store }: Compaction,
): Promise<CommittedObject | undefined> {
  const held = await store.head(output.key)
  if (!held) return undefined
  const isOwn = Object.entries(planMetadata(plan)).every(([name, value]) => held.metadata[name] === value)
  const lacks = held.metadata[LACKS]
  if (isOwn) return committed(output, held, lacks === undefined ? undefined : Number(lacks))
  const message = `${output.key} exists, and entry ${plan.sequence} of the commit log did not make it. Nothing is deleted. Compare its records with the staged ones, and move it away.`
  throw new CodedError('STORE_OBJECT_DIFFERS', message)
}

/** What tells the objects of a plan from all others. */
function planMetadata({ sequence, created }: Plan): Record<string, string> {
  return { plan: String(sequence), planned: String(created) }
}

function committed(
  { frames: _, ...output }: PlannedOutput,
  { etag, size }: Pick<HeldObject, 'etag' | 'size'>,
  gap: number | undefined,
): CommittedObject {
  return { ...output, bytes: size, etag, ...(gap === undefined ? {} : { gap }) }
}
