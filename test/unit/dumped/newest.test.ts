import type { KafkaRecord } from '../../../lib/record.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { DumpBucket, readDumps } from '../../support/dump-bucket.ts'

const topic = 'orders'
const place = { topic, partition: 0 }
const DAY_MS = 86_400_000

function record(offset: number, key: string, value: string | null, partition = 0): KafkaRecord {
  const timestamp = Date.UTC(2026, 9, 1) + offset
  return awkwardRecord({
    topic,
    partition,
    offset,
    timestamp,
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  })
}

const textsOf = (records: readonly KafkaRecord[]) =>
  records.map(({ offset, key, value }) => `${offset}:${key}=${value}`)

const early = [record(0, 'customer', 'personal data'), record(1, 'b', '1')]
const late = [record(2, 'customer', null), record(3, 'b', '2')]

/** A dump of which only the newest record of each key is kept, and of deleted keys none. */
async function newestOnly(unit: 0 | 'all', batches: KafkaRecord[][]) {
  const bucket = new DumpBucket()
  const compact = async () => {
    for (let run = 0; run < 3; run++) {
      bucket.now += 2 * DAY_MS
      await bucket.compact(topic, unit, { keepLatest: { tombstones: 'drop' } })
    }
  }
  for (const batch of batches) await bucket.dump(batch, { isStaged: true })
  await compact()
  return { bucket, compact }
}

describe.each([0, 'all'] as const)('where only the newest record of each key is kept, by %s', unit => {
  test('a batch that is delivered again brings back nothing that was replaced or deleted', async () => {
    const { bucket } = await newestOnly(unit, [early, late])
    expect(textsOf((await bucket.read(place)).records)).toEqual(['3:b=2'])
    await bucket.dump(early, { isStaged: true })
    expect(textsOf((await bucket.read(place)).records)).toEqual(['3:b=2'])
    // Without rotation, meanwhile.
    await bucket.dump(early)
    expect(textsOf((await bucket.read(place)).records)).toEqual(['3:b=2'])
  })

  test('a batch that comes late for the first time comes, and of one that overlaps it what is new', async () => {
    const { bucket, compact } = await newestOnly(unit, [early.slice(0, 1), late])
    await bucket.dump([...early, record(4, 'c', '1')], { isStaged: true })
    expect(textsOf((await bucket.read(place)).records)).toEqual(['1:b=1', '3:b=2', '4:c=1'])
    await compact()
    expect(textsOf((await bucket.read(place)).records)).toEqual(['3:b=2', '4:c=1'])
  })

  test('offsets of records that were replaced are not missing, others are', async () => {
    const { bucket } = await newestOnly(unit, [early, late, [record(9, 'b', '3')]])
    await bucket.dump([record(12, 'b', '4')], { isStaged: true })
    const { records, findings } = await bucket.read(place)
    expect(textsOf(records)).toEqual(['9:b=3', '12:b=4'])
    expect(findings).toMatchObject({ missing: [[10, 2]], missingOffsets: 2 })
    const ranges = await bucket.read(place, { offsets: { [topic]: { 0: [[0, 15]] } } })
    expect(ranges.findings).toMatchObject({
      missing: [
        [4, 5],
        [10, 2],
        [13, 2],
      ],
    })
  })

  test('another dump of the topic still has every record', async () => {
    const { bucket } = await newestOnly(unit, [early, late])
    const other = new DumpBucket({ prefix: 'other', store: bucket.store })
    await other.dump([...early, ...late])
    const { records } = await readDumps([bucket, other], place)
    expect(textsOf(records)).toEqual(textsOf([...early, ...late]))
  })
})
