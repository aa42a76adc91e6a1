import { createCommitLog } from '../../lib/commits/commit-log.ts'
import type { Plan, PlannedInput, Unit } from '../../lib/commits/entry.ts'
import { MAX_HELD } from '../../lib/compaction/compact-unit.ts'
import type { Compaction } from '../../lib/compaction/compaction.ts'
import { HeldMemory } from '../../lib/compaction/held-memory.ts'
import { writeLatest } from '../../lib/compaction/latest.ts'
import { planLatest } from '../../lib/compaction/latest-plan.ts'
import type { KeepLatest } from '../../lib/compaction/rotation.ts'
import { StagedIndexes } from '../../lib/compaction/staged-indexes.ts'
import type { UnitWork } from '../../lib/compaction/unit-work.ts'
import type { FormatSettings } from '../../lib/formats/encode.ts'
import { formats } from '../../lib/formats/index.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../lib/objects/template.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { encodeStagedObject } from '../../lib/staging/layout.ts'
import { runsOf } from '../../lib/staging/runs.ts'
import { keepEverything, readObject } from './formats.ts'
import type { MemoryStore } from './memory-store.ts'

export const UNIT: Unit = { topic: 'accounts', partition: 0 }
const PREFIX = 'lake'
export const FORMAT: FormatSettings = { ...keepEverything, format: 'jsonl', compression: 'gzip' }
const silent = { info() {}, warn() {}, error() {} }

export const NOW = Date.UTC(2026, 0, 10)

/** What a worker of a topic-partition needs, over a store in memory. */
export function compactionOver(store: MemoryStore, changes: Partial<Compaction> = {}): Compaction {
  const template = parseTemplate(DEFAULT_TEMPLATE) as Template
  return {
    store,
    keys: createObjectKeys({ prefix: PREFIX, template, partitioner: { name: 'default' }, padWidth: 10 }),
    prefix: PREFIX,
    format: FORMAT,
    policy: 'fail',
    partSize: 5 * 1024 * 1024,
    now: () => NOW,
    logger: silent,
    telemetry: noTelemetry,
    ...changes,
  } as Compaction
}

/** Stages records in one object of one frame, as a batch. */
export async function stage(records: KafkaRecord[], store: MemoryStore, form = FORMAT): Promise<PlannedInput> {
  const { joining } = await formats[form.format].load()
  const times = records.map(({ timestamp }) => timestamp).filter(time => time !== -1)
  const offsets = runsOf(records.map(({ offset }) => offset))
  const frame = {
    body: await joining.frame(records, form),
    records: records.length,
    offsets,
    minTimestamp: times.length > 0 ? Math.min(...times) : -1,
    maxTimestamp: times.length > 0 ? Math.max(...times) : -1,
  }
  const { topic, partition } = UNIT as { topic: string; partition: number }
  const { key, body } = encodeStagedObject(PREFIX, { topic, partition, form, frames: [frame] })
  await store.put({ key, body, contentType: 'application/octet-stream', metadata: {} })
  return { key, bytes: body.length, partition, offsets, staged: NOW }
}

/** What a worker of the topic-partition has. */
export function workOf(compaction: Compaction): UnitWork {
  return {
    ...{ unit: UNIT, compaction, log: createCommitLog(compaction.store, PREFIX, UNIT) },
    ...{ indexes: new StagedIndexes(compaction.store), memory: new HeldMemory(MAX_HELD) },
    time: { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY },
    tally: { outputs: [], quarantined: 0, deleted: 0 },
  }
}

/** Plans the inputs, as entry `sequence`. */
export async function planOf(
  sequence: number,
  inputs: PlannedInput[],
  keep: KeepLatest,
  compaction: Compaction,
  mostBytes?: number,
): Promise<Plan> {
  const { log, ...work } = workOf(compaction)
  const frames = inputs.map((_, index): [number, number] => [index, 0])
  const made = await planLatest({ inputs, frames }, keep, { ...work, log }, mostBytes)
  const state = { outputs: [], remaining: [], positions: {}, late: -1 }
  const plan: Plan = { schema: 1, sequence, created: compaction.now(), inputs, ...state, ...made }
  await log.createPlan(plan)
  return (await log.plan(sequence)) as Plan
}

/** Carries a plan out, as far as the store lets it. */
export async function finish(plan: Plan, compaction: Compaction, memory?: number): Promise<void> {
  const { log, ...work } = workOf(compaction)
  const written = await writeLatest({ plan }, { ...work, log }, memory)
  if (!written) return
  await log.createDone({ schema: 1, sequence: plan.sequence, created: compaction.now(), ...written })
  await compaction.store.delete(plan.inputs.map(({ key }) => key))
}

/** Every record that a reader of the topic's folder sees. */
export async function visibleRecords(store: MemoryStore): Promise<KafkaRecord[]> {
  const keys = store.keys(`${PREFIX}/${UNIT.topic}/`)
  const contents = await Promise.all(keys.map(key => readObject(key, store.objects.get(key)?.body as Buffer)))
  return contents.flat()
}
