import type { KeepLatest, Rotation } from '../../../lib/compaction/rotation.ts'
import type { FormatSettings } from '../../../lib/formats/encode.ts'
import { createObjectKeys, type ObjectKeys } from '../../../lib/objects/key.ts'
import type { PartitionerSettings } from '../../../lib/objects/partitioners.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../../lib/objects/template.ts'
import { timePresets } from '../../../lib/objects/time-path.ts'
import { keepEverything } from '../formats.ts'
import type { Random } from './random.ts'
import { type Faults, NO_FAULTS } from './scheduler.ts'
import { generateSource, type Source } from './source.ts'

/** What a history is about, besides the order of its calls. */
export interface Scenario {
  source: Source
  /** Of the functions that stage: the second one after a deployment in the midst of the history, if there was one. */
  forms: FormatSettings[]
  /** Of the workers that compact, likewise. */
  rotations: Rotation[]
  keys: ObjectKeys
  /** Whether only the newest record of each key is kept. */
  keepLatest?: KeepLatest
  /** Whether the objects of an earlier dump become part of the new ones. */
  adopts: boolean
  /** What happens about damaged objects. */
  policy: 'fail' | 'log'
  /** Staged objects that are damaged. */
  damaged: number
  /** Workers at the same time. */
  workers: number
  faults: Faults
}

const template = parseTemplate(DEFAULT_TEMPLATE) as Template
const HOUR = 3_600_000

/** Partitioners with a few paths; made once, as each one builds a clock and a pattern. */
const keysOf = (
  [{ name: 'default' }, { name: 'time', format: timePresets.hourly, timeZone: 'UTC' }] satisfies PartitionerSettings[]
).map(partitioner => createObjectKeys({ prefix: '', template, partitioner, padWidth: 4 }))

const [byPartition] = keysOf as [ObjectKeys]

/**
 * Shares of the histories that take several times as long as the others: of 100,000 histories thousands keep only the newest
 * records, and more than a thousand have formats that take longer than text.
 */
const KEEPING_LATEST = 0.05
const IN_OTHER_FORMS = 0.015

const plainText: FormatSettings = { ...keepEverything, format: 'jsonl' }
const others: FormatSettings[] = [
  { ...keepEverything, format: 'jsonl', compression: 'gzip' },
  { ...keepEverything, format: 'jsonl', compression: 'zstd' },
  { ...keepEverything, format: 'json' },
  { ...keepEverything, format: 'json', compression: 'gzip' },
  { ...keepEverything, format: 'avro' },
  { ...keepEverything, format: 'parquet' },
]

export function generateScenario(random: Random): Scenario {
  const acrossTopic = random.chance(0.2)
  const keepsLatest = !acrossTopic && random.chance(KEEPING_LATEST)
  const hasEarlier = !keepsLatest && random.chance(0.1)
  const adopts = hasEarlier && random.chance(0.7)
  const forms = random.chance(IN_OTHER_FORMS)
    ? [random.pick(others), random.pick(others)]
    : [plainText, { ...plainText, includeHeaders: false }]
  const damaged = random.chance(0.15) ? 1 : 0
  const rotations = [rotationOf(random, acrossTopic), rotationOf(random, acrossTopic)]
  return {
    source: generateSource(random, {
      partitions: acrossTopic ? [0, 1] : [0],
      hasEarlier,
      adopts,
      mayBeAnew: !keepsLatest && !adopts,
    }),
    ...(keepsLatest ? { keepLatest: { tombstones: 'keep' } } : {}),
    adopts,
    forms: random.chance(0.2) ? forms : forms.slice(0, 1),
    rotations: random.chance(0.2) ? rotations : rotations.slice(0, 1),
    // The newest record of a key may be in another path than the one before: settings refuse partitioners then.
    keys: keepsLatest ? byPartition : random.pick(keysOf),
    policy: random.pick(['fail', 'log']),
    damaged,
    workers: random.pick([1, 2, 2, 2, 3]),
    faults: random.chance(0.15) ? NO_FAULTS : faultsOf(random),
  }
}

function rotationOf(random: Random, acrossTopic: boolean): Rotation {
  const rotation: Rotation = {
    timeZone: 'UTC',
    maxOpenMs: random.pick([60_000, 24 * HOUR]),
    across: acrossTopic ? 'topic' : 'partition',
  }
  if (random.chance(0.5)) rotation.flushSize = random.between(1, 6)
  if (random.chance(0.2)) rotation.targetSizeBytes = random.pick([200, 600])
  if (random.chance(0.2)) rotation.rotateIntervalMs = random.pick([30_000, HOUR])
  if (random.chance(0.2)) rotation.rotateScheduleIntervalMs = random.pick([60_000, HOUR])
  return rotation
}

function faultsOf(random: Random): Faults {
  return {
    killed: random.pick([0, 0.005, 0.02]),
    refused: random.pick([0, 0.005, 0.02]),
    lost: random.pick([0, 0.005, 0.02]),
    asleep: random.pick([0, 0.05, 0.2]),
    frozen: random.pick([0, 0.01, 0.03]),
  }
}
