import { compact } from '../../../lib/compaction/compact.ts'
import { closingRequests, hourlyRequests, type Requests } from '../../../lib/cost/compaction-requests.ts'
import { compactionOver, NOW, stage, UNIT } from '../../support/latest-topic.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const rotation = { flushSize: 60, timeZone: 'UTC', maxOpenMs: 3_600_000, across: 'partition' as const }
const time = { deadline: NOW + 1_000_000, end: NOW + 1_000_000 }

async function stageBatches(store: MemoryStore, first: number, count: number) {
  for (let offset = first; offset < first + count; offset++) {
    const record = { topic: UNIT.topic, partition: 0, offset, timestamp: NOW, headers: [] }
    await stage([{ ...record, key: null, value: Buffer.from('value') }], store)
  }
}

/** The requests of a run. A store deletes a thousand objects with one. */
async function requestsOf(store: MemoryStore): Promise<Requests> {
  const calls = { list: 0, get: 0, put: 0, deleted: 0 }
  const kinds: Record<string, keyof typeof calls> = {
    create: 'put',
    close: 'put',
    put: 'put',
    list: 'list',
    delete: 'deleted',
  }
  const client = store.client(call => void calls[kinds[call] ?? 'get']++)
  const { failed } = await compact(compactionOver(client, { rotation }), { time })
  expect(failed).toEqual([])
  const { deleted, ...others } = calls
  return { ...others, delete: Math.ceil(deleted / 1000) }
}

// The table of docs/compact.md follows from these numbers.
test('compact makes the requests that the documentation counts', async () => {
  const store = new MemoryStore(() => NOW)
  await expect(requestsOf(store)).resolves.toEqual({ list: 1, get: 0, put: 0, delete: 0 })
  await stageBatches(store, 0, 60)
  await requestsOf(store)
  await stageBatches(store, 60, 60)
  const { list, ...others } = closingRequests(60)
  // One listing is that of each minute.
  await expect(requestsOf(store)).resolves.toEqual({ ...others, list: list + 1 })
})

test('what is staged of many partitions takes more listings, and an object of all of them fewer requests', () => {
  const load = { partitions: 100, batches: 60, closings: 1 }
  const apart = hourlyRequests({ ...load, units: 100 }).compact
  const together = hourlyRequests({ ...load, units: 1 }).compact
  expect(apart).toEqual({ put: 300, list: 580, get: 6500, delete: 100 })
  expect(together).toEqual({ put: 3, list: 189, get: 6004, delete: 6 })
})
