import { randomUUID } from 'node:crypto'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createTransactions } from '../../lib/kafka/produce/transaction.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { createTopics } from '../../local/topics.ts'
import type { View, Viewer } from '../chaos/checker/moments.ts'
import { numberedRecord } from '../chaos/load/numbered-record.ts'
import { BucketView } from '../chaos/systems/bucket-view.ts'
import { TopicView } from '../chaos/systems/topic-view.ts'
import { encodeWith } from '../support/formats.ts'
import { until } from '../support/offline-polling.ts'
import { Random } from '../support/simulation/random.ts'
import { stack, uniqueName } from '../support/stack.ts'

/** What the readers of the chaos runs see of a bucket, and of topics, while a system works. */

const random = new Random(3)
const recordOf = (sequence: number) => numberedRecord('orders', 0, sequence, random)
const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => `orders/0/${first + at}`)

describe('a view of a bucket', () => {
  const bucket = uniqueName('view')
  let store: ObjectStore
  let view: BucketView

  /** Writes an object of the records with these numbers. */
  async function put(name: string, first: number, last: number): Promise<string> {
    const records = Array.from({ length: last - first + 1 }, (_, at) => {
      const sequence = first + at
      return { topic: 'orders', offset: sequence, ...recordOf(sequence) }
    })
    const { body, extension } = await encodeWith(records, { format: 'jsonl', compression: 'gzip' })
    const key = `${name}.${extension}`
    await store.put({ key, body, contentType: 'application/octet-stream', metadata: {} })
    return key
  }

  beforeAll(async () => {
    store = await openBucket({ ...stack.store, bucket })
    view = await BucketView.open(stack.store, bucket)
  })
  afterAll(() => view[Symbol.asyncDispose]())

  test('has the numbers of each object’s records, and reads only what is new', async () => {
    const first = await put('orders/first', 0, 4)
    const before = await view.look()
    expect(before).toEqual(new Map([[first, numbers(0, 4)]]))
    const second = await put('orders/second', 5, 9)
    const after = await view.look()
    expect(after.get(second)).toEqual(numbers(5, 9))
    expect(after.get(first)).toBe(before.get(first))
  })

  test('has what is written under the same key later', async () => {
    const key = await put('orders/changed', 10, 11)
    await view.look()
    await put('orders/changed', 10, 14)
    expect((await view.look()).get(key)).toEqual(numbers(10, 14))
  })

  test('leaves out folders that begin with _, at any level, what is not whole yet, and what is deleted', async () => {
    await put('_staging/orders/batch', 20, 21)
    await put('prefix/_commits/orders/entry', 20, 21)
    // What S3Proxy has while it writes.
    const body = Buffer.from('half')
    await store.put({ key: `orders/half.jsonl-${randomUUID()}`, body, contentType: 'text/plain', metadata: {} })
    const key = await put('orders/deleted', 22, 22)
    expect([...(await view.look()).keys()].filter(key => /_|half/.test(key))).toEqual([])
    await store.delete(key)
    expect((await view.look()).has(key)).toBe(false)
  })

  test('fails when an object is cut off', async () => {
    const key = await put('orders/whole', 30, 39)
    const body = (await store.get(key)).subarray(0, 100)
    await store.put({ key: 'orders/cut.jsonl.gz', body, contentType: 'application/octet-stream', metadata: {} })
    await expect(view.look()).rejects.toThrow('orders/cut.jsonl.gz')
    await store.delete('orders/cut.jsonl.gz')
  })
})

describe('a view of topics', () => {
  const connection = stack.connections.plaintext
  const [topic, later] = [uniqueName('view'), uniqueName('view-later')]
  const deadline = () => Date.now() + 60_000
  const producer = createProducer(connection, { clientId: 'views' })
  const transactions = createTransactions(connection, { clientId: 'views' })
  let view: TopicView

  async function sees(viewer: Viewer, expected: Record<string, readonly string[]>): Promise<View> {
    let seen: View = new Map()
    await until(
      async () => {
        seen = await viewer.look()
        return JSON.stringify(Object.fromEntries(seen)) === JSON.stringify(expected)
      },
      `the view is ${JSON.stringify(expected)}`,
    )
    return seen
  }

  beforeAll(async () => {
    await createTopics(connection, { [topic]: 1 })
    view = await TopicView.open(connection, [topic, later])
  })
  afterAll(() => Promise.all([producer.close(), transactions.close(), view[Symbol.asyncDispose]()]))

  test('has what is committed, and never what is aborted or not committed yet', async () => {
    await producer.send(topic, [0, 1].map(recordOf), deadline())
    const aborted = transactions.transaction('views-aborted', deadline(), async ({ send }) => {
      await send(topic, [recordOf(2)])
      throw new Error('aborted')
    })
    await expect(aborted).rejects.toThrow('aborted')
    await transactions.transaction('views', deadline(), async ({ send }) => {
      await send(topic, [recordOf(3)])
      await sees(view, { [`${topic}-0`]: numbers(0, 1) })
    })
    await sees(view, { [`${topic}-0`]: [...numbers(0, 1), ...numbers(3, 3)] })
  })

  test('is the same as long as nothing is new, and follows a topic that is created later', async () => {
    const before = await view.look()
    expect(await view.look()).toBe(before)
    await createTopics(connection, { [later]: 1 })
    await producer.send(later, [recordOf(4)], deadline())
    const after = await sees(view, { ...Object.fromEntries(before), [`${later}-0`]: numbers(4, 4) })
    expect(after.get(`${topic}-0`)).toBe(before.get(`${topic}-0`))
  })
})
