import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { filterCriteriaSchema } from '../../lib/offline/mapping/filter-criteria.ts'
import { Cluster, places, placesOf, until } from '../support/offline-polling.ts'

const cluster = new Cluster()

beforeAll(() => cluster.open())
afterEach(() => cluster.stopAll())
afterAll(() => cluster.close())

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `value ${from + index}`)
const ok = () => undefined

/** A promise that a test settles. */
const gate = () => Promise.withResolvers<void>()

describe('delivery', () => {
  test('an event is what AWS Lambda sends', async () => {
    const topic = await cluster.createTopic(2)
    const timestamp = '1545084650987'
    const headers = { h1: Buffer.from('ë'), twice: ['a', 'b'] }
    await cluster.produce(topic, 1, [
      { key: 'key', value: '{"a":1}', timestamp, headers },
      { key: null, value: null, timestamp },
      { key: '', value: '', timestamp },
    ])
    const polling = cluster.poll(topic, ok)
    await until(() => polling.events.length, 'the function is called')
    const place = { topic, partition: 1, timestamp: 1545084650987, timestampType: 'CREATE_TIME' }
    expect(polling.events).toEqual([
      {
        eventSource: 'SelfManagedKafka',
        bootstrapServers: cluster.connection.brokers.join(),
        records: {
          [`${topic}-1`]: [
            {
              ...place,
              offset: 0,
              key: 'a2V5',
              value: 'eyJhIjoxfQ==',
              headers: [{ h1: [-61, -85] }, { twice: [97] }, { twice: [98] }],
            },
            { ...place, offset: 1, headers: [] },
            { ...place, offset: 2, key: '', value: '', headers: [] },
          ],
        },
      },
    ])
  })

  test('headers may be named like what every object of JavaScript has', async () => {
    const topic = await cluster.createTopic(1)
    const names = Object.getOwnPropertyNames(Object.prototype)
    const headers = Object.fromEntries(names.map(name => [name, ['once', 'again', '']]))
    await cluster.produce(topic, 0, [{ value: 'odd', headers }, 'behind it'])
    const polling = cluster.poll(topic, ok)
    await until(() => polling.received.length === 2, 'the records are delivered')
    const values = ['once', 'again', ''].map(text => [...Buffer.from(text)])
    const expected = names.flatMap(name => values.map(value => JSON.stringify({ [name]: value })))
    const { records } = JSON.parse(polling.payloads[0] ?? '')
    const [[{ headers: received }]] = Object.values(records) as [[{ headers: object[] }]]
    expect(received.map(header => JSON.stringify(header))).toEqual(expected)
  })

  test('a batch spans partitions, keeps their order, and is committed only after success', async () => {
    const topic = await cluster.createTopic(3)
    for (const partition of [0, 1, 2]) await cluster.produce(topic, partition, numbered(50))
    const finished = gate()
    const polling = cluster.poll(topic, () => finished.promise, { batchSize: 150, batchingWindowMs: 10_000 })
    await until(() => polling.events.length, 'the function is called')
    expect(Object.keys(polling.events[0]?.records ?? {}).toSorted()).toEqual(
      [0, 1, 2].map(partition => `${topic}-${partition}`),
    )
    for (const partition of [0, 1, 2]) {
      expect(polling.received.filter(place => place.startsWith(`${partition}:`))).toEqual(places(partition, 0, 49))
    }
    expect(await cluster.committed(polling.groupId, topic)).toEqual([-1, -1, -1])
    finished.resolve()
    await until(
      async () => (await cluster.committed(polling.groupId, topic)).every(offset => offset === 50),
      'the batch is committed',
    )
    expect(polling.events).toHaveLength(1)
  })

  test('a function may take longer than the session of its group', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, numbered(250))
    const finished = gate()
    const polling = cluster.poll(topic, (_, call) => (call === 1 ? finished.promise : undefined))
    await until(() => polling.events.length, 'the function is called')
    // Longer than the 6 s after which a silent member is put out of its group.
    setTimeout(finished.resolve, 8_000)
    await until(() => polling.received.length >= 250, 'all records are delivered')
    expect(polling.received).toEqual(places(0, 0, 249))
    await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 250, 'all is committed')
  })

  test('a missing topic is waited for, not created', async () => {
    const topic = `offline-${randomUUID()}`
    const polling = cluster.poll(topic, ok)
    await until(() => polling.lines.some(line => line.includes('does not exist yet')), 'the poller says so')
    expect(polling.lastResult).toMatch(/^PROBLEM: the topic .* does not exist yet$/)
    expect(await cluster.topics()).not.toContain(topic)
    await cluster.createTopic(1, topic)
    await cluster.produce(topic, 0, ['value'])
    await until(() => polling.events.length, 'the function is called')
    await until(() => polling.lastResult === 'OK', 'the problem is gone')
    expect(polling.lines.filter(line => line.includes('does not exist yet'))).toHaveLength(1)
  })
})

describe('filters', () => {
  const Filters = [{ Pattern: '{"value":{"type":["order"]}}' }]
  const filters = filterCriteriaSchema.parse({ Filters })
  const record = (type: string) => JSON.stringify({ type })

  test('what matches none never reaches the function, and is committed with what does', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, ['order', 'note', 'order', 'note'].map(record))
    await cluster.produce(topic, 0, ['text', { value: null }, record('order'), record('note')])
    const polling = cluster.poll(topic, ok, { filters, batchSize: 3 })
    await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 8, 'everything is committed')
    expect(polling.received).toEqual(['0:0', '0:2', '0:6'])
  })

  test('a topic of other records is committed without a call', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(
      topic,
      0,
      Array.from({ length: 250 }, () => record('note')),
    )
    const polling = cluster.poll(topic, ok, { filters })
    await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 250, 'everything is committed')
    expect(polling.events).toEqual([])
  })

  test('a batch with filtered records that fails comes again from its first record', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, ['note', 'order', 'note', 'order', 'note'].map(record))
    const fail = gate()
    const polling = cluster.poll(topic, (_, call) => (call === 1 ? fail.promise : undefined), { filters })
    await until(() => polling.events.length, 'the function is called')
    expect(await cluster.committed(polling.groupId, topic)).toEqual([-1])
    fail.reject(new Error('poison'))
    await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 5, 'everything is committed')
    expect(polling.received).toEqual(['0:1', '0:3', '0:1', '0:3'])
  })
})

describe('a batch ends', () => {
  test('at its size', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, numbered(25))
    const polling = cluster.poll(topic, ok, { batchSize: 10, batchingWindowMs: 500 })
    await until(() => polling.received.length === 25, 'all records are delivered')
    expect(polling.events.map(event => placesOf(event).length)).toEqual([10, 10, 5])
  })

  test('at its window, counted from its first record', async () => {
    const topic = await cluster.createTopic(1)
    const polling = cluster.poll(topic, ok, { batchingWindowMs: 5_000 })
    await until(() => cluster.members(polling.groupId), 'the group is joined')
    const started = performance.now()
    await cluster.produce(topic, 0, ['first'])
    await cluster.produce(topic, 0, ['second'])
    await cluster.produce(topic, 0, ['third'])
    await until(() => polling.events.length, 'the function is called')
    const milliseconds = performance.now() - started
    expect(polling.received).toEqual(places(0, 0, 2))
    // A timer of Node.js may be early by a millisecond.
    expect(milliseconds).toBeGreaterThanOrEqual(4_999)
  })

  test('at the cap of its payload; a record above it is named and skipped', async () => {
    const topic = await cluster.createTopic(1)
    const megabyte = Buffer.alloc(1_000_000, 1)
    await cluster.produce(topic, 0, [megabyte, megabyte, megabyte])
    await cluster.produce(topic, 0, [megabyte, megabyte, 'small'])
    await cluster.produce(topic, 0, [Buffer.alloc(4_718_600, 1)])
    await cluster.produce(topic, 0, ['last'])
    // More time than the records take to be fetched: the cap is to end the batches, not the window.
    const polling = cluster.poll(topic, ok, { batchingWindowMs: 5_000 })
    await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 8, 'everything is committed')
    expect(polling.received).toEqual([...places(0, 0, 5), '0:7'])
    expect(polling.events.map(event => placesOf(event).length)).toEqual([4, 2, 1])
    for (const payload of polling.payloads) expect(payload.length).toBeLessThanOrEqual(6 * 1024 * 1024)
    expect(polling.lines.filter(line => line.includes('is skipped'))).toEqual([
      expect.stringMatching(new RegExp(`${topic}-0 6 is skipped: its payload would have 629\\d{4} bytes`)),
    ])
  })
})

test('how far a mapping is behind is told, also of partitions that its group has no position in', async () => {
  const topic = await cluster.createTopic(3)
  await cluster.produce(topic, 0, numbered(10))
  await cluster.produce(topic, 2, numbered(5))
  const delivered = gate()
  const polling = cluster.poll(topic, () => delivered.promise)
  await until(() => polling.lags.length, 'the lag is told')
  expect(polling.lags[0]).toBe(15)
  delivered.resolve()
})

describe('failures', () => {
  test('a failed batch comes again whole, before anything later of its partition', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, numbered(10))
    const polling = cluster.poll(
      topic,
      async (_, call) => {
        if (call === 1) await cluster.produce(topic, 0, numbered(10, 10))
        if (call < 4) throw new Error('no database')
      },
      { batchSize: 10 },
    )
    await until(() => polling.events.length === 3, 'the batch fails three times')
    expect(await cluster.committed(polling.groupId, topic)).toEqual([-1])
    await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 20, 'all is committed')
    expect(polling.events.map(placesOf)).toEqual([...Array(4).fill(places(0, 0, 9)), places(0, 10, 19)])
    expect(polling.lines).toContainEqual(expect.stringContaining(`${topic}-0 0–9 failed, attempt 3: no database`))
  })

  test('partitions outside of a failed batch continue', async () => {
    const topic = await cluster.createTopic(2)
    await cluster.produce(topic, 0, ['poison'])
    const healed = gate()
    let isHealed = false
    void healed.promise.then(() => {
      isHealed = true
    })
    const polling = cluster.poll(topic, event => {
      if (event.records[`${topic}-0`] && !isHealed) throw new Error('poison')
    })
    await until(() => polling.events.length, 'the poison fails')
    await cluster.produce(topic, 1, numbered(10))
    await until(
      async () => (await cluster.committed(polling.groupId, topic))[1] === 10,
      'the other partition continues',
    )
    expect(await cluster.committed(polling.groupId, topic)).toEqual([-1, 10])
    await cluster.produce(topic, 0, ['later'])
    healed.resolve()
    await until(
      async () => (await cluster.committed(polling.groupId, topic))[0] === 2,
      'the partition continues once healed',
    )
    const first = polling.received.filter(place => place.startsWith('0:'))
    expect(first.slice(-2)).toEqual(places(0, 0, 1))
    expect(new Set(first.slice(0, -1))).toEqual(new Set(['0:0']))
  })

  test('a partial response continues from the failed offset, while the other partition moves on', async () => {
    const topic = await cluster.createTopic(2)
    await cluster.produce(topic, 0, numbered(10))
    await cluster.produce(topic, 1, numbered(10))
    let isHealed = false
    const polling = cluster.poll(
      topic,
      event => {
        const failing = !isHealed && event.records[`${topic}-0`]?.some(({ offset }) => offset === 4)
        const batchItemFailures = failing ? [{ itemIdentifier: { partition: `${topic}-0`, offset: 4 } }] : []
        return { batchItemFailures }
      },
      { reportBatchItemFailures: true, batchSize: 20, batchingWindowMs: 2_000 },
    )
    expect(polling.lastResult).toBe('No records processed')
    const committed = () => cluster.committed(polling.groupId, topic)
    await until(async () => (await committed()).join() === '4,10', 'each partition is committed up to its failure')
    await cluster.produce(topic, 0, numbered(5, 10))
    await cluster.produce(topic, 1, numbered(5, 10))
    await until(async () => (await committed()).join() === '4,15', 'the other partition moves on')
    // What moves on must not hide what stands: `list` and `check` show it.
    await until(() => polling.lastResult === 'PROBLEM: Function call failed', 'the mapping says so')
    isHealed = true
    await until(async () => (await committed()).join() === '15,15', 'the partition continues once healed')
    await until(() => polling.lastResult === 'OK', 'the mapping says so')
    const [first, ...later] = polling.events
      .map(event => placesOf(event).filter(place => place.startsWith('0:')))
      .filter(({ length }) => length)
    expect(first).toEqual(places(0, 0, 9))
    for (const again of later.slice(0, -1)) expect(again).toEqual(places(0, 4, 9))
    expect(later.at(-1)).toEqual(places(0, 10, 14))
    expect(polling.received.filter(place => place.startsWith('1:'))).toEqual(places(1, 0, 14))
  })

  test('bisecting isolates a poison record', async () => {
    const [topic, failed] = [await cluster.createTopic(1), await cluster.createTopic(1)]
    await cluster.produce(topic, 0, numbered(20))
    const mapping = {
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 0,
      onFailureDestination: `kafka://${failed}`,
    }
    const fine: string[] = []
    const polling = cluster.poll(
      topic,
      event => {
        if (placesOf(event).includes('0:13')) throw new Error('poison')
        fine.push(...placesOf(event))
      },
      { ...mapping, batchSize: 20, batchingWindowMs: 1_000 },
    )
    const reading = cluster.poll(failed, ok)
    await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 20, 'all is committed')
    expect(fine).toEqual(places(0, 0, 19).filter(place => place !== '0:13'))
    await until(() => reading.received.length === 1, 'the poison record is in the other topic')
  })
})

describe('several pollers', () => {
  /** Waits in the function until as many invocations are under way. */
  function meeting(invocations: number) {
    const met = gate()
    let waiting = 0
    return async () => {
      waiting += 1
      if (waiting === invocations) met.resolve()
      await met.promise
    }
  }

  test('that are provisioned call the function at the same time, each partition in order, and are as many as partitions', async () => {
    const all = [0, 1, 2]
    const topic = await cluster.createTopic(all.length)
    const polling = cluster.poll(topic, meeting(3), { provisionedPollers: { minimum: 5, maximum: 8 }, batchSize: 10 })
    await until(async () => (await cluster.members(polling.groupId)) === 3, 'three are in the group')
    for (const partition of all) await cluster.produce(topic, partition, numbered(40))
    await until(() => polling.received.length === 120, 'all records are delivered')
    for (const partition of all) {
      expect(polling.received.filter(place => place.startsWith(`${partition}:`))).toEqual(places(partition, 0, 39))
    }
    await until(() => polling.lastResult === 'OK', 'the mapping says so')
    expect(polling.lines.slice(0, 2)).toEqual([
      expect.stringContaining(', 5–8 pollers, '),
      expect.stringMatching(/ 3 pollers$/),
    ])
    await polling.stop()
    expect(await cluster.members(polling.groupId)).toBe(0)
  })

  test('call the function once at a time each', async () => {
    const topic = await cluster.createTopic(2)
    for (const partition of [0, 1]) await cluster.produce(topic, partition, numbered(50))
    let running = 0
    let most = 0
    const polling = cluster.poll(
      topic,
      async () => {
        running += 1
        most = Math.max(most, running)
        await sleep(5)
        running -= 1
      },
      { batchSize: 5 },
    )
    await until(() => polling.received.length === 100, 'all records are delivered')
    expect(polling.events.length).toBeGreaterThan(10)
    expect(most).toBe(1)
  })

  test('come when the lag does not shrink, and are gone when nothing waits', async () => {
    const topic = await cluster.createTopic(2)
    for (const partition of [0, 1]) await cluster.produce(topic, partition, numbered(30))
    const mapping = { provisionedPollers: { minimum: 1, maximum: 2 }, batchSize: 5 }
    const polling = cluster.poll(topic, meeting(2), mapping, { lagPauseMs: 300 })
    await until(async () => (await cluster.members(polling.groupId)) === 2, 'two are in the group')
    await until(async () => (await cluster.members(polling.groupId)) === 1, 'one is in the group')
    for (const partition of [0, 1]) {
      const offsets = polling.received.filter(place => place.startsWith(`${partition}:`))
      // What was under way when the second came may come twice.
      expect(new Set(offsets)).toEqual(new Set(places(partition, 0, 29)))
    }
    expect(await cluster.committed(polling.groupId, topic)).toEqual([30, 30])
    await until(() => polling.lastResult === 'OK', 'the mapping says so')
  })
})

describe('starting positions', () => {
  test('LATEST begins at the end and stays where it began, also without a first batch', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, numbered(5))
    const latest = { startingPosition: { type: 'LATEST' }, consumerGroupId: `group-${randomUUID()}` } as const
    const first = cluster.poll(topic, ok, latest)
    await until(async () => (await cluster.committed(first.groupId, topic))[0] === 5, 'the beginning is committed')
    await first.stop()
    await cluster.produce(topic, 0, numbered(3))
    const second = cluster.poll(topic, ok, latest)
    await until(() => second.received.length === 3, 'what came meanwhile is delivered')
    expect([...first.received, ...second.received]).toEqual(places(0, 5, 7))
  })

  test('AT_TIMESTAMP begins at the first record of that time', async () => {
    const topic = await cluster.createTopic(2)
    const at = (timestamp: number) => ({ value: 'v', timestamp: String(timestamp) })
    await cluster.produce(topic, 0, [at(1_000), at(2_000), at(3_000)])
    await cluster.produce(topic, 1, [at(500)])
    const polling = cluster.poll(topic, ok, { startingPosition: { type: 'AT_TIMESTAMP', timestamp: 2_000 } })
    await until(() => polling.received.length === 2, 'the later records are delivered')
    await cluster.produce(topic, 1, [at(4_000)])
    await until(() => polling.received.length === 3, 'new records are delivered')
    expect(polling.received).toEqual(['0:1', '0:2', '1:1'])
  })

  test('a committed offset comes first', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, numbered(2))
    const consumerGroupId = `group-${randomUUID()}`
    const first = cluster.poll(topic, ok, { consumerGroupId })
    await until(async () => (await cluster.committed(consumerGroupId, topic))[0] === 2, 'the first batch is committed')
    await first.stop()
    await cluster.produce(topic, 0, numbered(2))
    const second = cluster.poll(topic, ok, { consumerGroupId, startingPosition: { type: 'LATEST' } })
    await until(() => second.received.length === 2, 'what came meanwhile is delivered')
    expect(second.received).toEqual(places(0, 2, 3))
  })
})

describe('the group', () => {
  test('a restart in the middle loses nothing', async () => {
    const topic = await cluster.createTopic(2)
    for (const partition of [0, 1]) await cluster.produce(topic, partition, numbered(1_000))
    const consumerGroupId = `group-${randomUUID()}`
    const slow = () => new Promise<void>(resolve => setTimeout(resolve, 20))
    const first = cluster.poll(topic, slow, { consumerGroupId })
    await until(() => first.events.length > 3, 'some batches are delivered')
    await first.stop()
    // The next one doesn't wait for the session of a member that is gone without a word.
    expect(await cluster.members(consumerGroupId)).toBe(0)
    const second = cluster.poll(topic, ok, { consumerGroupId })
    const all = () => [...first.received, ...second.received]
    await until(() => new Set(all()).size === 2_000, 'all records are delivered')
    // In order, and each batch committed before the next: nothing comes twice after an orderly stop.
    for (const partition of [0, 1]) {
      expect(all().filter(place => place.startsWith(`${partition}:`))).toEqual(places(partition, 0, 999))
    }
  })

  test('a stop does not wait for a function that does not end', async () => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, numbered(10))
    const finished = gate()
    const polling = cluster.poll(topic, () => finished.promise)
    await until(() => polling.events.length, 'the function is called')
    await polling.stop()
    expect(polling.lines.at(-1)).toContain(
      `${topic}-0 0–9 is not finished and will be delivered again after the next start`,
    )
    expect(await cluster.members(polling.groupId)).toBe(0)
    finished.resolve()
    expect(await cluster.committed(polling.groupId, topic)).toEqual([-1])
  })

  test('a member that stops while it joins leaves the others all partitions', async () => {
    const topic = await cluster.createTopic(4)
    const consumerGroupId = `group-${randomUUID()}`
    const first = cluster.poll(topic, ok, { consumerGroupId })
    await until(async () => (await cluster.members(consumerGroupId)) === 1, 'the first member has joined')
    const second = cluster.poll(topic, ok, { consumerGroupId })
    await until(() => cluster.isRebalancing(consumerGroupId), 'the second member joins')
    await second.stop()
    for (const partition of [0, 1, 2, 3]) await cluster.produce(topic, partition, numbered(100))
    await until(() => new Set(first.received).size === 400, 'the first member has everything')
    expect(await cluster.members(consumerGroupId)).toBe(1)
  })

  test('a second member takes over partitions, and gives them back', async () => {
    const topic = await cluster.createTopic(4)
    const consumerGroupId = `group-${randomUUID()}`
    const handler = () => new Promise<void>(resolve => setTimeout(resolve, 5))
    const first = cluster.poll(topic, handler, { consumerGroupId, batchSize: 20 })
    const produceAll = (from: number) =>
      Promise.all([0, 1, 2, 3].map(partition => cluster.produce(topic, partition, numbered(500, from))))
    await produceAll(0)
    await until(() => first.events.length > 5, 'the first member delivers')
    const second = cluster.poll(topic, handler, { consumerGroupId, batchSize: 20 })
    await until(async () => (await cluster.members(consumerGroupId)) === 2, 'both are in the group')
    await produceAll(500)
    const all = () => new Set([...first.received, ...second.received])
    await until(() => all().size === 4_000, 'all records are delivered')
    expect(second.events.length).toBeGreaterThan(0)
    await second.stop()
    await produceAll(1_000)
    await until(() => all().size === 6_000, 'the first member has everything again')
    await until(
      async () => (await cluster.committed(consumerGroupId, topic)).every(offset => offset === 1_500),
      'everything is committed',
    )
    // Each member keeps the order of a partition, apart from what a rebalance makes it start over.
    for (const { received } of [first, second]) {
      const last = received.filter(place => place.startsWith('0:')).map(place => Number(place.slice(2)))
      const backward = last.filter((offset, index) => index > 0 && offset <= (last[index - 1] ?? 0))
      expect(backward.length).toBeLessThanOrEqual(2)
    }
  })
})
