import { setImmediate as turn } from 'node:timers/promises'
import { Batcher } from '../../../lib/server/batcher.ts'

interface Item {
  group: string
  number: number
}

interface Delivery {
  numbers: number[]
  done: PromiseWithResolvers<void>
}

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
    deliver(items) {
      const done = Promise.withResolvers<void>()
      deliveries.push({ numbers: items.map(({ number }) => number), done })
      return done.promise
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
  deliveries[0]?.done.resolve()
  await first
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0], [1, 2, 3]])
  deliveries[1]?.done.resolve()
  await Promise.all(others)
})

test('groups don’t wait for each other, beyond what goes at once', async () => {
  const { batcher, deliveries } = gather({ concurrency: 2 })
  const added = ['a', 'b', 'c'].map((group, number) => batcher.add({ group, number }))
  await turn()
  expect(deliveries).toHaveLength(2)
  deliveries[1]?.done.resolve()
  await added[1]
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0], [1], [2]])
})

test('a batch has no more than its size; what is over goes with the next', async () => {
  const { deliveries, add } = gather({ size: 2 })
  const added = add(0, 1, 2, 3, 4)
  await turn()
  for (const index of [0, 1, 2]) {
    deliveries[index]?.done.resolve()
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
    deliveries[index]?.done.resolve()
    await turn()
  }
  await Promise.all([first, ...others])
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[0], [5, 6], [9], [11, 12]])
})

test('what comes again while it waits is delivered once, and both hear of it', async () => {
  const { deliveries, add } = gather({ windowMs: 60_000, size: 4 })
  const added = add(1, 2, 1, 3)
  await turn()
  expect(deliveries.map(({ numbers }) => numbers)).toEqual([[1, 2, 3]])
  deliveries[0]?.done.reject(new Error('the store is away'))
  const outcomes = await Promise.allSettled(added)
  expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
})

test('closing delivers what waits at once, and what still comes', async () => {
  const { batcher, deliveries, add } = gather({ windowMs: 60_000 })
  add(0, 1)
  batcher.close()
  await turn()
  deliveries[0]?.done.resolve()
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
  deliveries[1]?.done.resolve()
  await expect(Promise.all(others)).resolves.toEqual([undefined, undefined])
})
