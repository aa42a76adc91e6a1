import { compactUnit } from '../../lib/compaction/compact-unit.ts'
import type { Compaction, RunTime } from '../../lib/compaction/compaction.ts'
import type { Rotation } from '../../lib/compaction/rotation.ts'
import { encode, type FormatSettings } from '../../lib/formats/encode.ts'
import { createObjectKeys, type KeySettings } from '../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../lib/objects/template.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { stagedObject } from '../../lib/staging/stage.ts'
import { keepEverything, readObject } from './formats.ts'
import { MemoryStore } from './memory-store.ts'

export const PREFIX = 'lake'
export const START = Date.UTC(2026, 2, 1, 10, 30)

export const form: FormatSettings = { ...keepEverything, format: 'jsonl', compression: 'gzip' }

const keySettings: KeySettings = {
  prefix: PREFIX,
  template: parseTemplate(DEFAULT_TEMPLATE) as Template,
  partitioner: { name: 'default' },
  padWidth: 10,
}

/** A line of the log. */
interface Line {
  message: string
  [field: string]: unknown
}

/** A bucket with a topic's staged batches, and workers that compact them. */
export class StagedTopic {
  now = START
  readonly store = new MemoryStore(() => this.now)
  readonly lines: Line[] = []
  readonly #keys: KeySettings

  constructor(keys: Partial<KeySettings> = {}) {
    this.#keys = { ...keySettings, ...keys }
  }

  /** Stages records as one batch. @returns the key */
  async stage(records: KafkaRecord[], settings = form): Promise<string> {
    const { key, body } = await stagedObject(PREFIX, createObjectKeys(this.#keys).divide(records), settings)
    await this.store.put({ key, body, contentType: 'application/octet-stream', metadata: {} })
    return key
  }

  /** Writes records as a dump without rotation does. @returns the keys */
  async dump(records: KafkaRecord[]): Promise<string[]> {
    const keys = createObjectKeys(this.#keys)
    const objects = keys.divide(records).map(async ({ range, path, records }) => {
      const { body, extension, contentType } = await encode(records, form)
      const key = keys.render({ ...range, path, extension })
      await this.store.put({ key, body, contentType, metadata: {} })
      return key
    })
    return await Promise.all(objects)
  }

  compaction(rotation?: Partial<Rotation>, changes: Partial<Compaction> = {}): Compaction {
    const log = (message: string, fields?: object) => void this.lines.push({ message, ...fields })
    return {
      store: this.store,
      keys: createObjectKeys(this.#keys),
      prefix: PREFIX,
      format: form,
      rotation: rotation && { timeZone: 'UTC', maxOpenMs: 86_400_000, across: 'partition', ...rotation },
      policy: 'log',
      partSize: 5 * 1024 * 1024,
      now: () => this.now,
      logger: { info: log, warn: log, error: log } as Compaction['logger'],
      telemetry: noTelemetry,
      ...changes,
    }
  }

  /** Compacts partition 0, or all of them. */
  async compact(rotation?: Partial<Rotation>, changes: Partial<Compaction> = {}, time: Partial<RunTime> = {}) {
    const partition = rotation?.across === 'topic' ? 'all' : 0
    const forever = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
    return await compactUnit({ topic: 'orders', partition }, this.compaction(rotation, changes), {
      ...forever,
      ...time,
    })
  }

  /** The keys of the objects that readers see, without the prefix. */
  get visible(): string[] {
    const keys = this.store.keys(`${PREFIX}/`).map(key => key.slice(PREFIX.length + 1))
    return keys.filter(key => !key.startsWith('_'))
  }

  /** Keys below one of the folders that readers pass over. */
  folder(name: '_staging' | '_quarantine' | '_commits' | '_next'): string[] {
    return this.store.keys(`${PREFIX}/${name}/`)
  }

  /** The records that readers see, object by object. */
  async records(): Promise<KafkaRecord[]> {
    const objects = this.visible.map(async key => {
      const { body } = this.store.objects.get(`${PREFIX}/${key}`) ?? {}
      return await readObject(key, body ?? Buffer.alloc(0))
    })
    return (await Promise.all(objects)).flat()
  }

  /** The values that readers see, in the order of partitions and offsets. */
  async values(): Promise<string[]> {
    const records = await this.records()
    return records
      .toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
      .map(({ value }) => value?.toString() ?? '')
  }

  /** Metadata of an object that readers see. */
  metadata(key: string): Record<string, string> {
    return this.store.objects.get(`${PREFIX}/${key}`)?.metadata ?? {}
  }
}

/** Records with these offsets; each has its place as its value. @param incarnation of a topic that is created again */
export function records(offsets: readonly number[], partition = 0, incarnation = ''): KafkaRecord[] {
  return offsets.map(offset => ({
    topic: 'orders',
    partition,
    offset,
    timestamp: START - 3_600_000 + offset * 1000,
    key: Buffer.from(`k${offset % 3}`),
    value: Buffer.from(`${incarnation}${partition}.${offset}`),
    headers: [],
  }))
}

/** All offsets from the first to the last. */
export const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
