import { eventTexts } from '../../bench/growth/event-texts.ts'
import type { Load } from '../../bench/growth/series.ts'
import { jsonOrders } from '../../bench/json-records.ts'

const MOST_BYTES = 6 * 1024 * 1024

interface EventRecord {
  partition: number
  offset: number
  value: string
}

function recordsIn(event: Buffer): EventRecord[] {
  return Object.values(JSON.parse(String(event)).records as Record<string, EventRecord[]>).flat()
}

const loads: Load[] = [
  { records: 25, recordBytes: 377, partitions: 4, batch: 10 },
  { records: 5, recordBytes: 100, partitions: 12, batch: 1 },
  { records: 12, recordBytes: 1_000_000, partitions: 2, batch: 10_000 },
]

test.each(loads)('a load of $records records of $recordBytes B is in events of Lambda, each record once', load => {
  const { records, recordBytes, partitions, batch } = load
  const events = Array.from(eventTexts('orders', load))
  const found = events.map(recordsIn)
  for (const [index, event] of events.entries()) {
    expect(event.length).toBeLessThanOrEqual(MOST_BYTES)
    expect(found[index]?.length).toBeLessThanOrEqual(batch)
  }
  const values = Array.from(jsonOrders(records, recordBytes)).flat()
  const inOrder = found.flat().toSorted((a, b) => a.offset - b.offset || a.partition - b.partition)
  expect(inOrder).toEqual(
    values.map(({ value }, index) =>
      expect.objectContaining({
        partition: index % partitions,
        offset: Math.floor(index / partitions),
        value: value.toString('base64'),
      }),
    ),
  )
})
