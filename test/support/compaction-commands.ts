import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import type { CommitStore } from '../../lib/commits/commit-store.ts'
import type { Unit } from '../../lib/commits/entry.ts'
import { compactUnit } from '../../lib/compaction/compact-unit.ts'
import type { Compaction } from '../../lib/compaction/compaction.ts'
import type { Rotation } from '../../lib/compaction/rotation.ts'
import type { FormatSettings } from '../../lib/formats/encode.ts'
import { createObjectKeys, type ObjectKeys } from '../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../lib/objects/template.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { formExtension } from '../../lib/staging/form.ts'
import { STAGING_FOLDER } from '../../lib/staging/name.ts'
import { CrashingStore, type CrashPoint } from './crashing-store.ts'
import { keepEverything, readObject } from './formats.ts'
import { stage } from './simulation/stage.ts'

const TOPIC = 'orders'
const UNIT: Unit = { topic: TOPIC, partition: 0 }
const RUN_MS = 60_000
const form: FormatSettings = { ...keepEverything, format: 'jsonl', compression: 'gzip' }
const EXTENSION = `.${formExtension(form)}`
/** A reader that lists without a pause would take the time of those whom it watches. */
const BETWEEN_LOOKS_MS = 60

/** What a trigger has delivered, whatever became of it. */
export interface Delivered {
  next: number
  /** Offsets that were left out, to come late. */
  left: number[]
}

/** A connector's folder in a real bucket, with a reader that looks at it all the while. */
export class Folder {
  readonly store: CommitStore
  readonly prefix: string
  readonly keys: ObjectKeys
  readonly staged = new Set<number>()
  polls = 0
  crashes = 0
  readonly #contents = new Map<string, number[]>()
  #twice: string | undefined
  #polling = Promise.resolve()
  #stopped = false

  constructor(store: CommitStore, prefix: string) {
    this.store = store
    this.prefix = prefix
    const template = parseTemplate(DEFAULT_TEMPLATE) as Template
    this.keys = createObjectKeys({ prefix, template, partitioner: { name: 'default' }, padWidth: 10 })
  }

  async stage(offsets: readonly number[]): Promise<void> {
    await stage(this.store, offsets.map(recordAt), form, this.keys, this.prefix)
    for (const offset of offsets) this.staged.add(offset)
  }

  /** A run of a worker, which may crash. */
  async compact(rotation?: Rotation, crash?: CrashPoint): Promise<void> {
    const store = new CrashingStore(this.store, crash)
    try {
      const now = Date.now()
      await compactUnit(UNIT, this.#compaction(store, rotation), { deadline: now + RUN_MS, end: now + RUN_MS })
    } catch (error) {
      // The worker is gone; anything else that it throws after that is the same crash.
      if (!store.crashed) throw error
      this.crashes++
    }
  }

  #compaction(store: CommitStore, rotation?: Rotation): Compaction {
    return {
      ...{ store, keys: this.keys, prefix: this.prefix, format: form, rotation, policy: 'fail' },
      ...{ partSize: 5 * 1024 ** 2, now: Date.now, telemetry: noTelemetry },
      logger: { info() {}, warn() {}, error() {} },
    }
  }

  /** Begins to look at what readers see, again and again. */
  poll(): void {
    const again = async () => {
      while (!this.#stopped && !this.#twice) {
        await this.look()
        await pause(BETWEEN_LOOKS_MS)
      }
    }
    this.#polling = again()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#polling
  }

  /** The offsets that a reader finds who lists the objects now. @throws when one is there twice, now or before */
  async look(): Promise<number[]> {
    const offsets: number[] = []
    for await (const { key } of this.store.list(`${this.prefix}/${TOPIC}/`)) {
      // S3Proxy lists the files that it is writing, with a name behind the key; no reader takes them for objects of the format.
      if (!key.endsWith(EXTENSION)) continue
      // A final object never changes, so it is read once.
      const known = this.#contents.get(key) ?? (await this.#read(key))
      offsets.push(...known)
    }
    this.polls++
    const twice = offsets.filter((offset, index) => offsets.indexOf(offset) !== index)
    if (twice.length > 0) this.#twice = `a reader sees ${twice} twice`
    if (this.#twice) throw new Error(this.#twice)
    return offsets
  }

  async #read(key: string): Promise<number[]> {
    const offsets = (await readObject(key, await this.store.get(key))).map(({ offset }) => offset)
    this.#contents.set(key, offsets)
    return offsets
  }

  /** Compacts everything, and checks that each offset that was staged is there once. */
  async assertAllThere(): Promise<void> {
    await this.compact()
    const found = await this.look()
    const expected = [...this.staged].toSorted((a, b) => a - b)
    if (found.toSorted((a, b) => a - b).join() !== expected.join()) throw new Error(`${found} instead of ${expected}`)
    const left = await Array.fromAsync(this.store.list(`${this.prefix}/${STAGING_FOLDER}/`), ({ key }) => key)
    if (left.length > 0) throw new Error(`still staged: ${left}`)
  }
}

function recordAt(offset: number): KafkaRecord {
  const text = Buffer.from(`value ${offset}`)
  return {
    topic: TOPIC,
    partition: 0,
    offset,
    timestamp: 1_767_225_600_000 + offset * 1000,
    key: text,
    value: text,
    headers: [],
  }
}

type Command = fc.AsyncCommand<Delivered, Folder>

/** Makes a command of what it does to both. */
function command(
  name: string,
  check: (model: Delivered) => boolean,
  run: (model: Delivered, real: Folder) => Promise<void>,
): Command {
  return { check, run, toString: () => name }
}

const rotation = fc
  .constantFrom({ flushSize: 1 }, { flushSize: 3 }, { flushSize: 5 }, { maxOpenMs: 0 }, { rotateIntervalMs: 2_000 })
  .map((limits): Rotation => ({ timeZone: 'UTC', maxOpenMs: 3_600_000, across: 'partition', ...limits }))

const crash = fc.record({ call: fc.integer({ min: 1, max: 12 }), after: fc.boolean() })
const text = (value: unknown) => JSON.stringify(value)

/** A batch of the next offsets, some of which are left out: they come late. */
const stageNext = fc
  .record({ count: fc.integer({ min: 1, max: 4 }), leaveOut: fc.boolean() })
  .map(({ count, leaveOut }) =>
    command(
      `stage(${count}${leaveOut ? ', the second comes late' : ''})`,
      () => true,
      async (model, real) => {
        const offsets = Array.from({ length: count }, (_, index) => model.next + index)
        model.next += count
        if (leaveOut && count > 2) model.left.push(...offsets.splice(1, 1))
        await real.stage(offsets)
      },
    ),
  )

/** A batch that overlaps what was delivered before, as after a consumer group's rebalance. */
const stageAgain = fc
  .record({ back: fc.integer({ min: 1, max: 5 }), count: fc.integer({ min: 1, max: 5 }) })
  .map(({ back, count }) =>
    command(
      `stage again(${count} from ${back} before)`,
      ({ next }) => next > 0,
      async (model, real) => {
        const first = Math.max(0, model.next - back)
        const offsets = Array.from({ length: count }, (_, index) => first + index)
        model.next = Math.max(model.next, first + count)
        const delivered = offsets.filter(offset => !model.left.includes(offset))
        if (delivered.length > 0) await real.stage(delivered)
      },
    ),
  )

const stageLate = fc.constant(
  command(
    'stage what was left out',
    ({ left }) => left.length > 0,
    async (model, real) => await real.stage(model.left.splice(0, 1)),
  ),
)

const compactOnce = fc.tuple(rotation, fc.option(crash, { nil: undefined, freq: 4 })).map(([rotation, crash]) =>
  command(
    `compact(${text({ rotation, crash })})`,
    () => true,
    (_, real) => real.compact(rotation, crash),
  ),
)

const compactTwice = fc
  .tuple(rotation, rotation, crash, fc.option(crash, { nil: undefined }))
  .map(([one, other, crash, otherCrash]) =>
    command(
      `compact at once(${text({ one, crash })}, ${text({ other, otherCrash })})`,
      () => true,
      async (_, real) => {
        await Promise.all([real.compact(one, crash), real.compact(other, otherCrash)])
      },
    ),
  )

/** Histories of a connector's folder. */
export const histories = fc.commands(
  [stageNext, stageNext, stageAgain, stageLate, compactOnce, compactOnce, compactTwice],
  {
    maxCommands: 5,
    size: 'max',
  },
)
