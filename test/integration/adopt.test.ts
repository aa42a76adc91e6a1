import type { CommitStore } from '../../lib/commits/commit-store.ts'
import { adopt } from '../../lib/compaction/adopt.ts'
import { compact } from '../../lib/compaction/compact.ts'
import type { Compaction } from '../../lib/compaction/compaction.ts'
import { encode, type FormatSettings } from '../../lib/formats/encode.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../lib/objects/template.ts'
import { timePresets } from '../../lib/objects/time-path.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { createCommitStore } from '../../lib/s3/commit-store.ts'
import { openBucket } from '../../local/bucket.ts'
import { keepEverything, legible, readObject } from '../support/formats.ts'
import { stack, uniqueName } from '../support/stack.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 0, 1)
const time = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }

let store: CommitStore
beforeAll(async () => {
  const settings = { ...stack.store, bucket: uniqueName('adopt') }
  await openBucket(settings)
  store = createCommitStore(settings, '')
})

/** A connector with folders by the hour, which has written an object of each batch and hour so far. */
function connector(prefix: string, format: FormatSettings): Compaction {
  const partitioner = { name: 'time', format: timePresets.hourly, timeZone: 'UTC' } as const
  const template = parseTemplate(DEFAULT_TEMPLATE) as Template
  return {
    ...{ store, prefix, format, policy: 'fail', partSize: 5 * 1024 * 1024, now: Date.now, telemetry: noTelemetry },
    keys: createObjectKeys({ prefix, template, partitioner, padWidth: 10 }),
    rotation: { flushSize: 100, timeZone: 'UTC', maxOpenMs: HOUR, across: 'partition' },
    logger: { info() {}, warn() {}, error() {} },
  }
}

const record = (partition: number, offset: number): KafkaRecord => ({
  ...{ topic: 'orders', partition, offset, timestamp: START + offset * 60_000 },
  ...{ key: Buffer.from(`k${offset}`), value: Buffer.from(`ü${offset}`), headers: [{ key: 'h', value: null }] },
})

async function dump(records: KafkaRecord[], { keys, format }: Compaction): Promise<void> {
  for (const { range, path, records: some } of keys.divide(records)) {
    const { body, extension, ...content } = await encode(some, format)
    await store.put({ key: keys.render({ ...range, path, extension }), body, ...content, metadata: {} })
  }
}

async function visible(prefix: string) {
  const keys = await Array.fromAsync(store.list(`${prefix}/orders/`), ({ key }) => key)
  const contents = await Promise.all(keys.map(async key => readObject(key, await store.get(key))))
  const records = contents.flat().sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  return { keys, records: legible(records) }
}

test.each([
  ['jsonl', 'gzip'],
  ['parquet', 'zstd'],
] as const)('a folder of %s objects becomes a few objects with the same records', async (format, compression) => {
  const compaction = connector(uniqueName(format), { ...keepEverything, format, compression })
  const { prefix } = compaction
  const records = [0, 1].map(partition => Array.from({ length: 240 }, (_, offset) => record(partition, offset)))
  for (const ofPartition of records)
    for (let first = 0; first < 240; first += 8) await dump(ofPartition.slice(first, first + 8), compaction)
  const before = await visible(prefix)
  expect(before.keys.length).toBeGreaterThanOrEqual(60)

  const report = await adopt(compaction, { time })
  expect(report).toMatchObject({ adopted: before.keys.length, removed: before.keys.length, left: [] })
  await compact({ ...compaction, rotation: undefined }, { time, all: true })
  const after = await visible(prefix)
  expect(after.records).toEqual(before.records)
  // One for each hour and partition.
  expect(after.keys.length).toBe(8)
  expect(await Array.fromAsync(store.list(`${prefix}/_staging/`))).toEqual([])
})
