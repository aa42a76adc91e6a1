import { compactUnit } from '../../lib/compaction/compact-unit.ts'
import type { Compaction } from '../../lib/compaction/compaction.ts'
import type { Rotation } from '../../lib/compaction/rotation.ts'
import { writeObjects } from '../../lib/dump.ts'
import { createDumpedRecords } from '../../lib/dumped/create-dumped-records.ts'
import {
  type DumpedBatch,
  noFindings,
  type ReadingFindings,
  type ReadingOptions,
  type RecordSelection,
} from '../../lib/dumped/dumped-records.ts'
import { layouts } from '../../lib/dumped/layouts/index.ts'
import type { FormatSettings } from '../../lib/formats/encode.ts'
import { createObjectKeys, type KeySettings } from '../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../lib/objects/template.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord, TopicPartition } from '../../lib/record.ts'
import { keepEverything } from './formats.ts'
import { MemoryStore } from './memory-store.ts'

const attempt: Parameters<typeof writeObjects>[2] = {
  ...{ signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY, delivered() {} },
  once: (_, run) => run(),
  repeat: ({ send }, turns) => turns(send),
}

const logger = { info() {}, warn() {}, error() {} }

export interface DumpBucketSettings {
  prefix?: string
  form?: Partial<FormatSettings>
  keys?: Partial<KeySettings>
  template?: string
  store?: MemoryStore
}

/** A bucket into which the real dump and the real compaction write, and from which the dump is read back. */
export class DumpBucket {
  now = Date.UTC(2026, 10, 1)
  readonly store: MemoryStore
  readonly prefix: string
  readonly form: FormatSettings
  readonly #keys: KeySettings
  readonly #template: string

  constructor({ prefix = 'lake', form = {}, keys = {}, template = DEFAULT_TEMPLATE, store }: DumpBucketSettings = {}) {
    this.store = store ?? new MemoryStore(() => this.now)
    this.prefix = prefix
    this.form = { ...keepEverything, format: 'jsonl', compression: 'zstd', ...form }
    this.#template = template
    this.#keys = {
      template: parseTemplate(template) as Template,
      partitioner: { name: 'default' },
      padWidth: 10,
      prefix,
      ...keys,
    }
  }

  /** Writes a batch of one topic-partition as the dump does, with rotation or without. */
  async dump(records: KafkaRecord[], { isStaged = false, form = this.form } = {}): Promise<void> {
    this.now += 1000
    const store = { put: (object: Parameters<MemoryStore['put']>[0]) => this.store.put(object) }
    const staging = isStaged ? { staging: { prefix: this.prefix } } : {}
    const keys = createObjectKeys(this.#keys)
    await writeObjects(
      records,
      { format: form, keys, store, storeName: 'memory', logger, telemetry: noTelemetry, ...staging },
      attempt,
    )
  }

  /** Compacts a unit, everything that is staged unless the rotation says less. */
  async compact(topic: string, partition: number | 'all', changes: Partial<Compaction> & { rotation?: Rotation } = {}) {
    this.now += 1000
    const compaction: Compaction = {
      ...{ store: this.store, keys: createObjectKeys(this.#keys), prefix: this.prefix, format: this.form },
      ...{ policy: 'log', partSize: 5 * 1024 * 1024, now: () => this.now, logger, telemetry: noTelemetry },
      ...changes,
    } as Compaction
    const forever = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
    return await compactUnit({ topic, partition }, compaction, forever)
  }

  get source() {
    const { store, prefix } = this
    return { store, prefix, layout: layouts['kafka-functions'].create({ prefix, template: this.#template }) }
  }

  /** Everything of a topic-partition that the selection has. */
  async read(place: TopicPartition, selection: RecordSelection = {}, options: Partial<ReadingOptions> = {}) {
    return await readDumps([this], place, selection, options)
  }
}

/** What several dumps have of a topic-partition. */
export async function readDumps(
  buckets: DumpBucket[],
  place: TopicPartition,
  selection: RecordSelection = {},
  options: Partial<ReadingOptions> = {},
): Promise<{ records: KafkaRecord[]; batches: DumpedBatch[]; findings: ReadingFindings }> {
  const dumped = createDumpedRecords(buckets.map(({ source }) => source))
  const findings = noFindings()
  try {
    const batches = await Array.fromAsync(dumped.read(place, selection, { findings, ...options }))
    return { records: batches.flatMap(({ records }) => records), batches, findings }
  } finally {
    await dumped.close()
  }
}
