import { setImmediate as turn } from 'node:timers/promises'
import { Batcher } from '../../../lib/server/batcher.ts'

interface Item {
  group: string
  number: number
  content?: string
}

interface Delivery {
  numbers: number[]
  items: Item[]
  done: PromiseWithResolvers<ReadonlyMap<Item, unknown>>
}

/** The outcome of a delivery without errors. */
const delivered = new Map<Item, unknown>()

/** A batcher whose deliveries end when the test says so. */
function gather(options: { size?: number; windowMs?: number; concurrency?: number } = {}) {
  const deliveries: Delivery[] = []
  const batcher = new Batcher<Item>({
    size: 100,
    windowMs: 0,
    concurrency: 8,
    ...options,
    groupOf: ({ group }) => group,
    positionOf: ({ number }) => number,
    compare(earlier, later) {
      if (earlier.content !== later.content) throw new Error('another one is there')
    },
    async deliver(items) {
      const done = Promise.withResolvers<ReadonlyMap<Item, unknown>>()
      deliveries.push({ numbers: items.map(({ number }) => number), items, done })
      return await done.promise
    },
  })
  const add = (...numbers: number[]) => numbers.map(number => batcher.add({ group: 'a', number }))
  return { batcher, deliveries, add }
}

test('what comes while a batch of the group is on its way is the next batch, in order', async () => {
  const { deliveries, add } = gather()
  const [first] = add(0)
  await turn()
  const others = add(3, 1, 2)
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0]])
  deliveries[0]?.done.resolve(delivered)
  await first
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0], [1, 2, 3]])
  deliveries[1]?.done.resolve(delivered)
  await Promise.all(others)
})

test('groups don’t wait for each other, beyond what goes at once', async () => {
  const { batcher, deliveries } = gather({ concurrency: 2 })
  const added = ['a', 'b', 'c'].map((group, number) => batcher.add({ group, number }))
  await turn()
  expect(deliveries).toHaveLength(2)
  deliveries[1]?.done.resolve(delivered)
  await added[1]
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0], [1], [2]])
})

test('a batch has no more than its size; what is over goes with the next', async () => {
  const { deliveries, add } = gather({ size: 2 })
  const added = add(0, 1, 2, 3, 4)
  await turn()
  for (const index of [0, 1, 2]) {
    deliveries[index]?.done.resolve(delivered)
    await turn()
  }
  await Promise.all(added)
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0, 1], [2, 3], [4]])
})

test('a window gathers until it is over, or full', async () => {
  const { deliveries, add } = gather({ size: 3, windowMs: 60_000 })
  add(0, 1)
  await turn()
  expect(deliveries).toEqual([])
  add(2)
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0, 1, 2]])
})

// An object is named by its first and last offset. A batch of 5 and 9 alone replaced the one of 5 to 9 that was there.
test('what is not next to each other makes batches of its own', async () => {
  const { deliveries, add } = gather()
  const [first] = add(0)
  await turn()
  const others = add(9, 5, 12, 6, 11)
  for (const index of [0, 1, 2, 3]) {
    deliveries[index]?.done.resolve(delivered)
    await turn()
  }
  await Promise.all([first, ...others])
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0], [5, 6], [9], [11, 12]])
})

test('what comes again while it waits is delivered once, and both hear of it', async () => {
  const { deliveries, add } = gather({ windowMs: 60_000, size: 4 })
  const added = add(1, 2, 1, 3, 4)
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[1, 2, 3, 4]])
  deliveries[0]?.done.reject(new Error('the store is away'))
  const outcomes = await Promise.allSettled(added)
  expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
})

// Its 204 said that it was stored, while the first one's bytes were.
test('another item of the same position is refused, while the first one waits and while it is on its way', async () => {
  const { batcher, deliveries } = gather()
  const first = batcher.add({ group: 'a', number: 0, content: 'x' })
  const late = batcher.add({ group: 'a', number: 0, content: 'y' })
  await expect(late).rejects.toThrow('another one is there')
  await turn()
  await expect(batcher.add({ group: 'a', number: 0, content: 'y' })).rejects.toThrow('another one is there')
  const again = batcher.add({ group: 'a', number: 0, content: 'x' })
  deliveries[0]?.done.resolve(delivered)
  await expect(Promise.all([first, again])).resolves.toEqual([undefined, undefined])
  expect(deliveries).toHaveLength(1)
})

// With one bad record of 100, none was acknowledged though 50 were stored.
test('an error of one item is that of its sender alone', async () => {
  const { deliveries, add } = gather({ windowMs: 60_000, size: 3 })
  const added = add(0, 1, 2)
  await turn()
  const [, second] = deliveries[0]?.items ?? []
  deliveries[0]?.done.resolve(new Map([[second as Item, new Error('a bad record')]]))
  const outcomes = await Promise.allSettled(added)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

// 100,000 partitions that had sent one record each took 146 MB for ever.
test.each([0, 60_000])('a group is forgotten when its items are delivered, with a window of %d ms', async windowMs => {
  const { batcher, deliveries } = gather({ windowMs, size: 2, concurrency: 1000 })
  const names = Array.from({ length: 500 }, (_, index) => String(index))
  const added = names.flatMap(group => [0, 1].map(number => batcher.add({ group, number })))
  expect(batcher.groups).toBe(500)
  await turn()
  for (const { done } of deliveries) done.resolve(delivered)
  await Promise.all(added)
  await turn()
  expect([batcher.groups, batcher.waiting]).toEqual([0, 0])
})

test('a flush delivers what waits, and the window is there for what comes later', async () => {
  const { batcher, deliveries, add } = gather({ windowMs: 60_000 })
  add(0)
  batcher.flush()
  await turn()
  deliveries[0]?.done.resolve(delivered)
  add(1)
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0]])
  batcher.close()
})

test('closing delivers what waits at once, and what still comes', async () => {
  const { batcher, deliveries, add } = gather({ windowMs: 60_000 })
  add(0, 1)
  batcher.close()
  await turn()
  deliveries[0]?.done.resolve(delivered)
  await turn()
  add(2)
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0, 1], [2]])
})

test('an error is that of each item of the batch, and of no other', async () => {
  const { deliveries, add } = gather()
  const [first] = add(0)
  await turn()
  const others = add(1, 2)
  deliveries[0]?.done.reject(new Error('the store is away'))
  await expect(first).rejects.toThrow('the store is away')
  await turn()
  deliveries[1]?.done.resolve(delivered)
  await expect(Promise.all(others)).resolves.toEqual([undefined, undefined])
})
