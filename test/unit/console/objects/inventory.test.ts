import { setImmediate as turn } from 'node:timers/promises'
import type { InventoryLine } from '../../../../lib/compaction/inventory-line.ts'
import { readInventory } from '../../../../lib/console/objects/inventory.ts'
import { KeptInventory } from '../../../../lib/console/objects/kept-inventory.ts'

const object = (partition: number | 'all', firstOffset: number, more: object = {}): InventoryLine => ({
  ...{ type: 'object', topic: 'orders', partition, key: `${partition}/${firstOffset}`, firstOffset },
  ...{ lastOffset: firstOffset + 9, bytes: 100, written: 1, ...more },
})

const total: InventoryLine = { type: 'total', objects: 2, bytes: 200, staged: 1, stagedBytes: 10, quarantined: 2 }

async function* linesOf(lines: InventoryLine[]) {
  yield* lines
}

test('partitions come by their numbers, each with what is in it, and what is in quarantine newest first', async () => {
  const inventory = await readInventory(
    linesOf([
      object(10, 0),
      object(2, 0),
      { type: 'gap', topic: 'orders', partition: 2, firstOffset: 10, lastOffset: 11 },
      object(2, 12, { expired: true }),
      {
        type: 'unit',
        topic: 'orders',
        partition: 2,
        objects: 1,
        bytes: 100,
        missing: 2,
        earlier: { 2: 5 },
        isUnderWay: true,
      },
      {
        type: 'staged',
        topic: 'orders',
        partition: 10,
        key: 's',
        firstOffset: 10,
        lastOffset: 19,
        records: 8,
        bytes: 10,
        staged: 5,
      },
      { type: 'quarantined', key: 'old', bytes: 1, quarantined: 1 },
      { type: 'quarantined', key: 'new', bytes: 1, quarantined: 2 },
      total,
    ]),
  )
  expect(inventory.partitions).toMatchObject([
    { partition: 2, earlier: 5, isUnderWay: true, entries: [{ kind: 'object' }, { kind: 'gap' }, { expired: true }] },
    { partition: 10, entries: [{ kind: 'object' }, { kind: 'staged', written: 5, records: 8 }] },
  ])
  expect(inventory.quarantined.map(({ key }) => key)).toEqual(['new', 'old'])
  expect(inventory).toMatchObject({ isCut: false, total: { objects: 2, staged: 1, quarantined: 2 } })
})

test('of a dump with too many objects, the first ones are shown, and that there are more', async () => {
  const inventory = await readInventory(linesOf([object(0, 0), object(0, 10), object(0, 20), total]), 2)
  expect(inventory).toMatchObject({ isCut: true, total: { objects: 2, bytes: 200 } })
})

test('who asks while it is read gets the same inventory, and what has failed is read again', async () => {
  let readings = 0
  const kept = new KeptInventory(async function* () {
    readings++
    await turn()
    if (readings === 1) throw new Error('the store is away')
    yield total
  })
  await expect(Promise.all([kept.read(), kept.read()])).rejects.toThrow('the store is away')
  expect(readings).toBe(1)
  const [one, other] = await Promise.all([kept.read(), kept.read()])
  expect(one).toBe(other)
  expect(await kept.read()).toBe(one)
  expect(readings).toBe(2)
  await kept.read('orders')
  expect(readings).toBe(3)
})
