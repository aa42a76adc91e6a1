import { pMapIterable } from 'p-map'
import type { CommittedObject, Gap, Plan, PlannedInput, PlannedOutput } from '../commits/entry.ts'
import { countOf, intersect } from '../commits/offset-runs.ts'
import { CodedError } from '../error.ts'
import type { FormatSettings } from '../formats/encode.ts'
import { formats } from '../formats/index.ts'
import { parseStagedKey } from '../staging/name.ts'
import type { StagedFrame, StagedIndex } from '../staging/staged-object.ts'
import { HeldMemory } from './held-memory.ts'
import { extensionOf, formOfExtension } from './object-form.ts'
import { groupOutputs, type OutputGroup } from './output-groups.ts'
import { OutputWriter } from './output-writer.ts'
import { frameOf, type ReadFrames, readFrames, recordsOf } from './staged-reading.ts'
import type { UnitWork } from './unit-work.ts'

/** Staged objects of a unit that are read ahead, and their bytes: enough that the store's answers aren't waited for one by one. */
const MAX_READ_AHEAD = 8
const READ_AHEAD_BYTES = 8 * 1024 * 1024

/** What is written of a plan. */
export interface PlanWriting {
  plan: Plan
  gap?: Gap
  work: UnitWork
}

/**
 * Writes outputs of a plan, some at a time: each pass reads its inputs once and hands their frames on. Memory depends neither on
 * the size of the outputs nor on their number.
 *
 * @returns undefined when the time was over before all were written
 * @throws CodedError `STAGED_OBJECT_DAMAGED` and `STORE_OBJECT_MISSING` because of an input, `STORE_OBJECT_DIFFERS`, and those
 * of the store
 */
export async function writeOutputs(
  pending: PlannedOutput[],
  writing: PlanWriting,
): Promise<CommittedObject[] | undefined> {
  const { compaction, memory, time } = writing.work
  const written: CommittedObject[] = []
  for (const group of groupOutputs(pending, memory.most, output => heldBy(output, writing))) {
    if (compaction.now() >= time.deadline) return undefined
    const giveBack = await memory.take(group.held)
    try {
      for (const output of await writeGroup(group, writing)) written.push(output)
    } finally {
      giveBack()
    }
  }
  return written
}

/** Bytes that an output holds at most while it is written: those of a writer, and those that its format holds back. */
function heldBy({ key, bytes }: PlannedOutput, { work }: PlanWriting): number {
  const { format, partSize } = work.compaction
  const form = formOfExtension(extensionOf(key), format)
  return Math.min(bytes, partSize) + Math.min(bytes, formats[form.format].holdsBackBytes)
}

/** What a pass needs of an input: its frames, each with the output that it goes to. */
type Wanted = Map<number, Map<number, PlannedOutput>>

async function writeGroup(group: OutputGroup, writing: PlanWriting): Promise<CommittedObject[]> {
  const wanted = wantedBy(group.outputs, writing.gap)
  const pass = new Pass(group, writing)
  try {
    const ahead = readAhead(writing.plan, wanted)
    const read = async (input: number) => ({ input, read: await readInput(input, wanted, writing) })
    const inputs = [...wanted.keys()].toSorted((a, b) => a - b)
    for await (const { input, read: frames } of pMapIterable(inputs, read, {
      concurrency: ahead,
      backpressure: ahead,
    })) {
      await handOn(frames, writing.plan.inputs[input] as PlannedInput, wanted.get(input), pass)
      // Nobody holds them any more, and the collector would let many pile up.
      if (formats[frames.index.form.format].holdsBackBytes === 0) frames.free()
    }
    return await pass.end()
  } catch (error) {
    await pass.abort()
    throw error
  }
}

/** Frames of inputs that a gap names are left out. */
function wantedBy(outputs: PlannedOutput[], gap: Gap | undefined): Wanted {
  const wanted: Wanted = new Map()
  for (const output of outputs) {
    for (const [input, frame] of output.frames) {
      if (gap?.inputs.includes(input)) continue
      const frames = wanted.get(input) ?? new Map<number, PlannedOutput>()
      wanted.set(input, frames.set(frame, output))
    }
  }
  return wanted
}

function readAhead({ inputs }: Plan, wanted: Wanted): number {
  const largest = wanted.keys().reduce((most, input) => Math.max(most, inputs[input]?.bytes ?? 0), 1)
  return Math.max(1, Math.min(MAX_READ_AHEAD, Math.floor(READ_AHEAD_BYTES / largest)))
}

async function readInput(input: number, wanted: Wanted, { plan, work }: PlanWriting): Promise<ReadFrames> {
  const { key, bytes } = plan.inputs[input] as PlannedInput
  const name = parseStagedKey(work.compaction.prefix, key)
  if (!name)
    throw new CodedError('COMMIT_LOG_DAMAGED', `entry ${plan.sequence} names ${key}, which is no staged object`)
  return await readFrames({ key, name, size: bytes }, [...(wanted.get(input)?.keys() ?? [])], work)
}

async function handOn(
  { index, bodies }: ReadFrames,
  input: PlannedInput,
  wanted: Map<number, PlannedOutput> | undefined,
  pass: Pass,
): Promise<void> {
  for (const [number, output] of [...(wanted ?? [])].toSorted(([a], [b]) => a - b)) {
    const body = bodies.get(number) as Buffer
    await pass.add(output, await keptOf(index, frameOf(index, number), body, input), index.form)
  }
}

/** The frame as it is, unless some of its records are in other objects already. */
async function keptOf(index: StagedIndex, frame: StagedFrame, body: Buffer, { keep }: PlannedInput): Promise<Buffer> {
  if (!keep || countOf(intersect(frame.offsets, keep)) === frame.records) return body
  const { joining } = await formats[index.form.format].load()
  return await joining.frame(await recordsOf(index, frame, body, keep), index.form)
}

/** The outputs that one pass over inputs writes. */
class Pass {
  readonly #writing: PlanWriting
  readonly #group: OutputGroup
  readonly #memory: HeldMemory
  readonly #open = new Map<PlannedOutput, { writer: OutputWriter; left: number; giveBack: () => void }>()
  readonly #ending = new Map<PlannedOutput, Promise<CommittedObject>>()

  constructor(group: OutputGroup, writing: PlanWriting) {
    this.#group = group
    this.#writing = writing
    this.#memory = new HeldMemory(group.held)
  }

  async add(output: PlannedOutput, frame: Buffer, form: FormatSettings): Promise<void> {
    const open = this.#open.get(output) ?? (await this.#begin(output))
    await open.writer.add(frame, form)
    open.left--
    if (open.left === 0) this.#end(output, form)
  }

  /** @returns all outputs of the group */
  async end(): Promise<CommittedObject[]> {
    const { format } = this.#writing.work.compaction
    for (const output of this.#group.outputs) {
      if (this.#ending.has(output)) continue
      // All of its inputs are damaged: an object without records keeps the key from workers that don't know.
      await this.#begin(output)
      this.#end(output, formOfExtension(extensionOf(output.key), format))
    }
    return await Promise.all(this.#ending.values())
  }

  async abort(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map(({ writer }) => writer.abort()))
    await Promise.allSettled(this.#ending.values())
  }

  async #begin(output: PlannedOutput) {
    const { plan, gap, work } = this.#writing
    const giveBack = await this.#memory.take(heldBy(output, this.#writing))
    const writer = new OutputWriter(output, plan, gap, work.compaction)
    const left = output.frames.filter(([input]) => !gap?.inputs.includes(input)).length
    const open = { writer, left, giveBack }
    this.#open.set(output, open)
    return open
  }

  /** The object is sent while the next one begins. */
  #end(output: PlannedOutput, form: FormatSettings): void {
    const { writer, giveBack } = this.#open.get(output) as { writer: OutputWriter; giveBack: () => void }
    this.#open.delete(output)
    const ending = writer.end(form).finally(giveBack)
    // Its error is thrown at the end of the pass.
    ending.catch(() => writer.abort())
    this.#ending.set(output, ending)
  }
}
