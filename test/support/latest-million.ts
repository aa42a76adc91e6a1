import { readObject } from '../../lib/compaction/latest-read.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { compactionOver, finish, NOW, planOf, stage, UNIT } from './latest-topic.ts'
import { MemoryStore } from './memory-store.ts'

/**
 * Keeps the newest of a million records with 200,000 keys, and then of some more, in a process of its own. Prints how many
 * records are left and how much memory it took beside the objects.
 */
const RECORDS = 1_000_000
const KEYS = 200_000
const BATCH = 5_000

const store = new MemoryStore(() => NOW)
const rotation = { targetSizeBytes: 4_000_000, timeZone: 'UTC', maxOpenMs: 60_000, across: 'partition' } as const
const compaction = compactionOver(store, { rotation })

/** A step that has no common factor with the number of keys, so that the keys of neighbours have nothing in common. */
const keyOf = (offset: number) => `account-${(offset * 7_919) % KEYS}`

function batch(first: number): KafkaRecord[] {
  return Array.from({ length: BATCH }, (_, index) => {
    const offset = first + index
    const value = JSON.stringify({ balance: offset, currency: 'EUR', note: `the ${offset}th change of this account` })
    const { topic, partition } = UNIT as { topic: string; partition: number }
    return {
      topic,
      partition,
      offset,
      timestamp: NOW,
      key: Buffer.from(keyOf(offset)),
      value: Buffer.from(value),
      headers: [],
    }
  })
}

let peak = 0
const watch = () => {
  const held = [...store.objects.values()].reduce((sum, { size }) => sum + size, 0)
  peak = Math.max(peak, process.memoryUsage().rss - held)
}
const client = store.client(watch)
const started = performance.now()
const rounds = [
  [0, RECORDS],
  [RECORDS, RECORDS + 4 * BATCH],
] as const
for (const [sequence, [from, to]] of rounds.entries()) {
  const inputs = []
  for (let first = from; first < to; first += BATCH) inputs.push(await stage(batch(first), store))
  const watched = { ...compaction, store: client }
  await finish(await planOf(sequence, inputs, { tombstones: 'keep' }, watched), watched)
}
const { records, objects } = await count()
console.log(JSON.stringify({ peak, seconds: (performance.now() - started) / 1000, records, objects }))

/** Counts what readers see, and checks that each record is the newest of its key. */
async function count() {
  let records = 0
  const last = RECORDS + 4 * BATCH
  const keys = store.keys(`lake/${UNIT.topic}/`)
  for (const key of keys) {
    for await (const found of readObject({ key, bytes: store.objects.get(key)?.size ?? 0 }, compaction)) {
      records += found.length
      if (found.some(({ offset }) => offset < last - KEYS)) throw new Error(`${key} has a record that isn't the newest`)
    }
  }
  return { records, objects: keys.length }
}
