import { shownRedrive } from '../../../../lib/console/shown/redrive.ts'

const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const MEGABYTE = 1_000_000

test('a dry run of very many records is counted whole, and shown in part', () => {
  const offsets = many(1_000, index => [index * 3, index * 3 + 1] as [number, number])
  const failed = many(2_000, partition => ({
    ...{ topic: 'orders', partition, offsets, records: 2_000, code: 'x'.repeat(100_000), act: 'person' as const },
    ...{ place: { kind: 'topic' as const, topic: 'orders-dead' }, gone: offsets.slice(0, 2) },
  }))
  const waiting = {
    ...{ topic: 'clicks', partition: 0, offsets: offsets.slice(0, 7), records: 7, code: 'STORE_UNAVAILABLE' },
    ...{ act: 'system' as const, place: { kind: 'waiting' as const }, gone: [] },
  }
  const shown = shownRedrive({
    ...{ schema: 1, connector: 'flow', outcome: 'planned', problems: [] },
    failed: [...failed, waiting],
  })
  expect(shown).toMatchObject({ tried: 4_000_000, left: 7, morePlanned: 1_800 })
  expect(shown.planned[0]).toMatchObject({ more: 980, gone: 4 })
  expect(shown.planned[0]?.ranges[1]).toEqual([3, 2])
  expect(JSON.stringify(shown).length).toBeLessThan(MEGABYTE)
})

test('a redrive tells numbers by topic-partition, and what is not in the result', () => {
  const place = {
    ...{
      topic: 'orders',
      partition: 1,
      redriven: [[5, 3]] as [number, number][],
      present: [[1, 2]] as [number, number][],
    },
    failed: [{ code: 'VALUE_UNDECODABLE', offsets: [[9, 1]] as [number, number][], time: 0 }],
    ...{ gone: [[20, 4]] as [number, number][], waiting: 6, unplaced: 2 },
    refused: [{ offsets: [[30, 1]] as [number, number][], reason: 'Another topic.' }],
  }
  const shown = shownRedrive({
    ...{ schema: 1, connector: 'flow', outcome: 'redriven', problems: ['One.'] },
    places: [place],
  })
  expect(shown.places).toEqual([
    { topic: 'orders', partition: 1, redriven: 3, present: 2, failed: 1, gone: 4, refused: 3, waiting: 6 },
  ])
  expect(shown.lines).toEqual([
    'Failed again with VALUE_UNDECODABLE: orders-1:9',
    expect.stringContaining('orders-1:20-23'),
    'Refused: orders-1:30: Another topic.',
    expect.stringContaining('2 of orders'),
  ])
  expect(shown.problems).toEqual(['One.'])
})
