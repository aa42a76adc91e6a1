import { listedInventory } from '../../../lib/compaction/listed-inventory.ts'
import { createObjectKeys } from '../../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../../lib/objects/template.ts'
import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import type { FailedRecords } from '../../../lib/redrive/failed-records.ts'
import { createObjectRedriver } from '../../../lib/redrive/object-redriver.ts'
import { createRedrivenOffsets } from '../../../lib/redrive/redriven-offsets.ts'
import { offsetsOf, runsOf } from '../../../lib/staging/runs.ts'
import { keepEverything } from '../../support/formats.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const place = { topic: 'orders', partition: 0 }
const keys = createObjectKeys({
  ...{ prefix: 'lake', template: parseTemplate(DEFAULT_TEMPLATE) as Template, padWidth: 4 },
  partitioner: { name: 'default' },
})

const record = (offset: number): KafkaRecord => ({
  ...{ ...place, offset, timestamp: offset, headers: [] },
  ...{ key: null, value: Buffer.from(`${offset}`) },
})

/** What the connector itself has written. */
async function put(store: MemoryStore, firstOffset: number, lastOffset: number): Promise<void> {
  const key = keys.render({ ...place, firstOffset, lastOffset, extension: 'jsonl' })
  await store.put({ key, body: Buffer.alloc(1), contentType: '', metadata: {} })
}

/** Redrives records; those that are gone can't be read once more when an earlier plan is finished. */
function redriverOver(store: MemoryStore, client = store.client(async () => {}), gone: number[] = []) {
  return createObjectRedriver({
    dump: {
      ...{ format: { ...keepEverything, format: 'jsonl' }, keys, store: client, storeName: 'memory' },
      ...{ telemetry: noTelemetry, logger: { info() {}, warn() {}, error() {} } },
    },
    ...{ store: client, prefix: 'lake', present: { of: async () => [] }, now: Date.now },
    async *fetch({ offsets, code, place: from }) {
      const left = [...offsetsOf(offsets)].filter(offset => !gone.includes(offset))
      yield { records: left.map(offset => ({ record: record(offset), code, place: from })), gone: [], refused: [] }
    },
  })
}

function partOf(offsets: number[]) {
  const letters: FailedRecords['place'] = { kind: 'topic', topic: 'dead', letters: [] }
  const all = {
    ...place,
    offsets: runsOf(offsets),
    records: offsets.length,
    code: 'VALUE_UNDECODABLE',
    time: 0,
  } as const
  const records = offsets.map(offset => ({ record: record(offset), code: all.code, place: letters }))
  return { ...place, topicId: 'a', records, sources: [{ ...all, place: letters }] }
}

async function inventoryOf(store: MemoryStore) {
  const lines = listedInventory({ store, prefix: 'lake' }, keys, createRedrivenOffsets(store, 'lake'))
  const told = (await Array.fromAsync(lines)).filter(({ type }) => ['gap', 'overlap', 'unit'].includes(type))
  return told.map(line => ('firstOffset' in line ? [line.type, line.firstOffset, line.lastOffset] : line))
}

test('an object of a redrive neither hides a gap nor overlaps with what lies between its records', async () => {
  const store = new MemoryStore(() => 0)
  await put(store, 0, 2)
  await put(store, 5, 8)
  await redriverOver(store).redrive(partOf([3, 9]))
  expect(await inventoryOf(store)).toEqual([
    ['gap', 4, 4],
    expect.objectContaining({ type: 'unit', objects: 3, missing: 1 }),
  ])
  // Delivered again afterwards.
  await put(store, 9, 10)
  expect(await inventoryOf(store)).toContainEqual(['overlap', 9, 9])
})

test('an object of a redrive whose records were gone leaves their offsets a gap', async () => {
  const store = new MemoryStore(() => 0)
  await put(store, 0, 2)
  await put(store, 6, 8)
  const stopped = store.client(async (method, key) => {
    if (method === 'create' && key.startsWith('lake/orders')) throw new Error('stopped')
  })
  await expect(redriverOver(store, stopped).redrive(partOf([3, 5]))).rejects.toThrow('stopped')
  await redriverOver(
    store,
    store.client(async () => {}),
    [3, 5],
  ).finish(place, 'a')
  expect(await inventoryOf(store)).toEqual([
    ['gap', 3, 5],
    expect.objectContaining({ type: 'unit', objects: 3, missing: 3 }),
  ])
})
