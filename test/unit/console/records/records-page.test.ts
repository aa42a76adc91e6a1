import fc from 'fast-check'
import { parseContinuation } from '../../../../lib/console/records/continuation.ts'
import { type PageAsked, type RecordsPage, recordsPage } from '../../../../lib/console/records/records-page.ts'
import type { PartitionRange, PartitionRecords } from '../../../../lib/kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../../../lib/record.ts'

/** A topic in memory: the records of each partition, in the order of offsets that may have gaps. */
function topicOf(partitions: KafkaRecord[][], starts: number[] = []) {
  const fetched: PartitionRange[] = []
  const kafka: Pick<PartitionRecords, 'bounds' | 'read'> = {
    async bounds(_, since) {
      return new Map(
        partitions.map((records, partition) => {
          const end = (records.at(-1)?.offset ?? -1) + 1
          const first = since === undefined ? starts[partition] : records.find(one => one.timestamp >= since)?.offset
          return [partition, { start: first ?? (since === undefined ? 0 : end), end }]
        }),
      )
    },
    async *read(range) {
      fetched.push(range)
      const { partition, from, end } = range
      const records = partitions[partition]?.filter(({ offset }) => offset >= from && offset < end) ?? []
      for (let at = 0; at < records.length; at += 7) yield records.slice(at, at + 7)
    },
  }
  return { kafka, fetched }
}

function recordAt(partition: number, offset: number, timestamp: number, key = 'k'): KafkaRecord {
  const value = Buffer.from(`${partition}.${offset}`)
  return { topic: 'orders', partition, offset, timestamp, key: Buffer.from(key), value, headers: [] }
}

const asked: PageAsked = { topic: 'orders', from: 'newest', limit: 10 }
const plain = { isDecoded: false }
const places = ({ walked }: RecordsPage) => walked.map(({ shown }) => `${shown.partition}.${shown.offset}`)

async function allPages(first: PageAsked, kafka: Parameters<typeof recordsPage>[1]): Promise<RecordsPage[]> {
  const pages = [await recordsPage(first, kafka, plain)]
  for (let next = pages[0]?.next; typeof next === 'string'; next = pages.at(-1)?.next) {
    pages.push(await recordsPage({ ...first, from: { next } }, kafka, plain))
  }
  return pages
}

const partitions = fc
  .array(fc.array(fc.record({ gap: fc.nat(40), later: fc.nat(3), isWanted: fc.boolean() }), { maxLength: 60 }), {
    minLength: 1,
    maxLength: 6,
  })
  .map(all =>
    all.map((steps, partition) => {
      let [offset, time] = [0, 0]
      return steps.map(({ gap, later, isWanted }) => {
        offset += gap
        time += later
        return recordAt(partition, offset++, time, isWanted ? 'wanted' : 'other')
      })
    }),
  )

it('pages have every record once, the newest first, whatever was removed between them', async () => {
  await fc.assert(
    fc.asyncProperty(partitions, fc.integer({ min: 1, max: 20 }), fc.boolean(), async (records, limit, isSearch) => {
      const { kafka } = topicOf(records)
      const key = isSearch ? { key: Buffer.from('wanted').toString('base64') } : {}
      const pages = await allPages({ ...asked, limit, ...key }, kafka)
      const expected = records.flat().filter(({ key }) => !isSearch || key?.toString() === 'wanted')
      const found = pages.flatMap(({ walked }) => walked.map(({ shown }) => shown))
      expect(new Set(pages.flatMap(places))).toEqual(new Set(expected.map(one => `${one.partition}.${one.offset}`)))
      expect(found).toHaveLength(expected.length)
      const times = found.map(({ timestamp }) => timestamp ?? 0)
      expect(times).toEqual(times.toSorted((one, other) => other - one))
    }),
    { numRuns: 50 },
  )
})

it('pages from an offset or a time on have every later record once, the oldest first', async () => {
  await fc.assert(
    fc.asyncProperty(partitions, fc.nat(60), fc.boolean(), async (records, place, isTime) => {
      const { kafka } = topicOf(records)
      const pages = await allPages({ ...asked, from: isTime ? { time: place } : { offset: place } }, kafka)
      const isLater = (one: KafkaRecord) => (isTime ? one.timestamp : one.offset) >= place
      const expected = records.flat().filter(isLater)
      const found = pages.flatMap(({ walked }) => walked.map(({ shown }) => shown))
      expect(new Set(pages.flatMap(places))).toEqual(new Set(expected.map(one => `${one.partition}.${one.offset}`)))
      expect(found).toHaveLength(expected.length)
      const times = found.map(({ timestamp }) => timestamp ?? 0)
      expect(times).toEqual(times.toSorted((one, other) => one - other))
    }),
    { numRuns: 50 },
  )
})

it('a page of five hundred partitions reads a few records of each', async () => {
  const records = Array.from({ length: 500 }, (_, partition) =>
    Array.from({ length: 60 }, (_, offset) => recordAt(partition, offset, offset)),
  )
  const { kafka, fetched } = topicOf(records)
  const page = await recordsPage({ ...asked, limit: 50 }, kafka, plain)
  expect(page.walked).toHaveLength(50)
  expect(fetched.reduce((sum, { from, end }) => sum + end - from, 0)).toBeLessThan(2_000)
  expect(page.next?.length).toBeLessThan(5_000)
})

it('what retention has removed since the page before is passed over', async () => {
  const records = Array.from({ length: 30 }, (_, offset) => recordAt(0, offset, offset))
  const first = await recordsPage({ ...asked, from: { offset: 0 } }, topicOf([records]).kafka, plain)
  const kept = topicOf([records.slice(20)], [20]).kafka
  expect(places(await recordsPage({ ...asked, from: { next: first.next ?? '' } }, kept, plain))[0]).toBe('0.20')
})

it('a topic or a partition that does not exist is named', async () => {
  await expect(recordsPage(asked, topicOf([]).kafka, plain)).rejects.toThrow('The topic orders does not exist.')
  await expect(recordsPage({ ...asked, partition: 3 }, topicOf([[], []]).kafka, plain)).rejects.toThrow(
    'The topic orders has no partition 3; it has 2, from 0 on.',
  )
})

it.each(['', 'x0.1', 'b', 'b0', 'b0.1~', 'f0.1,1.2', 'b-1.2', `b0.${'z'.repeat(20)}`])(
  'a page can’t be continued from %j',
  async text => {
    expect(parseContinuation(text)).toBeUndefined()
    await expect(recordsPage({ ...asked, from: { next: text } }, topicOf([[]]).kafka, plain)).rejects.toThrow(
      'from.next: expected what an answer before has as next.',
    )
  },
)

it('a large value is cut, and large ones are decoded only where one record is shown', async () => {
  const value = Buffer.alloc(5_000_000, 'x')
  const { kafka } = topicOf([[{ ...recordAt(0, 0, 1), value }, recordAt(0, 1, 2)]])
  const { walked } = await recordsPage(asked, kafka, { isDecoded: true })
  expect(walked.map(({ shown, whole }) => [shown.value?.size, shown.value?.isCut, whole !== undefined])).toEqual([
    [3, false, true],
    [5_000_000, true, false],
  ])
  expect(JSON.stringify(walked.map(({ shown }) => shown)).length).toBeLessThan(10_000)
})
