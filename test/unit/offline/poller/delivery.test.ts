import type { ConsumedRecord } from '../../../../lib/kafka/read/consumed-record.ts'
import type { Discarded } from '../../../../lib/offline/destination/discarded.ts'
import type { EventSourceMapping } from '../../../../lib/offline/mapping/event-source-mapping.ts'
import type { PartialResponses } from '../../../../lib/offline/mapping/partial-responses.ts'
import { Backlog, backoffMs } from '../../../../lib/offline/poller/backlog.ts'
import { Batch } from '../../../../lib/offline/poller/batch.ts'
import { Delivery } from '../../../../lib/offline/poller/delivery.ts'
import { envelopeOf } from '../../../../lib/offline/poller/event.ts'

const envelope = envelopeOf({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b-1:9092' })

const bare = { timestampType: 'CREATE_TIME', key: null, value: null, headers: [] } as const

function batchOf(...places: [partition: number, offset: number, record?: Partial<ConsumedRecord>][]): Batch {
  const batch = new Batch({ topic: 'orders', envelope, maxRecords: 10_000 })
  for (const [partition, offset, more] of places) {
    batch.add(partition, { ...bare, offset, timestamp: Date.now(), ...more })
  }
  return batch
}

interface Rules extends Partial<EventSourceMapping> {
  partialResponses?: PartialResponses
}

/** A delivery whose function answers by `handle`, and what it put aside and said. */
function delivery({ partialResponses = 'from-lowest', ...mapping }: Rules, handle: () => unknown) {
  const lines: string[] = []
  const putAside: [reason: string, invokeCount: number, places: string[]][] = []
  const say = (line: string) => lines.push(line)
  const options = {
    mapping: {
      functionKey: 'dump',
      topic: 'orders',
      maximumRetryAttempts: Number.POSITIVE_INFINITY,
      maximumRecordAgeSeconds: Number.POSITIVE_INFINITY,
      ...mapping,
    } as EventSourceMapping,
    invoke: async () => handle(),
    destination: {
      name: 'the queue failed',
      put: async ({ reason, invokeCount, event, singles }: Discarded) => {
        const places = event.partitions().flatMap(placesOf)
        putAside.push([reason, invokeCount, places])
        expect([...singles()].flatMap(single => single.partitions().flatMap(placesOf))).toEqual(places)
      },
      close: async () => {},
    },
    partialResponses,
    log: { info: say, notice: say, warning: say, error: say },
  }
  return { lines, putAside, deliver: (batch: Batch) => new Delivery(options).deliver(batch) }
}

const fail = () => {
  throw new Error('no database')
}
const placesOf = ({ partition, records }: { partition: number; records: ConsumedRecord[] }) =>
  records.map(({ offset }) => `${partition}:${offset}`)
const offsetsOf = (batch: Batch) => batch.partitions().flatMap(placesOf)

test('success is done up to the end of each partition', async () => {
  const { deliver } = delivery({}, () => ({ batchItemFailures: 'ignored without ReportBatchItemFailures' }))
  expect(await deliver(batchOf([0, 4], [1, 7], [0, 5]))).toEqual({
    done: new Map([
      [0, 6],
      [1, 8],
    ]),
    again: [],
  })
})

test('a failure is delivered whole again, without end', async () => {
  const { deliver, lines } = delivery({}, fail)
  const batch = batchOf([0, 4], [0, 5], [1, 7])
  for (const failures of [1, 2, 3]) {
    expect(await deliver(batch)).toEqual({ done: new Map(), again: [[batch]] })
    expect(batch.failures).toBe(failures)
  }
  expect(lines[1]).toContain('orders-0 4–5, orders-1 7 failed, attempt 2: no database')
})

test('after its retries a batch goes to the destination, with how often the function was called', async () => {
  const { deliver, lines, putAside } = delivery({ maximumRetryAttempts: 1 }, fail)
  const batch = batchOf([0, 4], [0, 5], [1, 7])
  expect((await deliver(batch)).again).toEqual([[batch]])
  expect(await deliver(batch)).toEqual({
    done: new Map([
      [0, 6],
      [1, 8],
    ]),
    again: [],
  })
  expect(putAside).toEqual([['retries', 2, ['0:4', '0:5', '1:7']]])
  expect(lines.at(-1)).toContain('orders-0 4–5, orders-1 7 goes to the queue failed: its retries are used up')
})

describe('a destination that takes nothing', () => {
  const log = { info() {}, notice() {}, warning() {}, error() {} }
  const mapping = { topic: 'orders', maximumRetryAttempts: 0 } as EventSourceMapping

  test('keeps the batch, which waits longer each time and calls the function no more', async () => {
    let calls = 0
    const invoke = async () => {
      calls += 1
      throw new Error('no database')
    }
    const destination = { name: 'the queue failed', put: async () => fail(), close: async () => {} }
    const delivery = new Delivery({ mapping, invoke, destination, partialResponses: 'from-lowest', log })
    const batch = batchOf([0, 4])
    const pauses = []
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect(await delivery.deliver(batch)).toEqual({ done: new Map(), again: [[batch]] })
      pauses.push(backoffMs(batch))
    }
    expect(pauses).toEqual([400, 800, 1_600, 3_200])
    expect(calls).toBe(1)
  })

  test('that is not there at all has the batch discarded, and said so', async () => {
    const lines: string[] = []
    const say = { ...log, error: (line: string) => lines.push(line) }
    const options = { mapping, destination: undefined, partialResponses: 'from-lowest', log: say } as const
    const delivery = new Delivery({ ...options, invoke: async () => fail() })
    expect(await delivery.deliver(batchOf([0, 4], [0, 5]))).toEqual({ done: new Map([[0, 6]]), again: [] })
    expect(lines.at(-1)).toContain('orders-0 4–5 is discarded')
  })
})

test('what another member of the group has meanwhile is not put aside', async () => {
  const batch = batchOf([0, 4], [1, 7])
  const { deliver, putAside } = delivery({ maximumRetryAttempts: 0 }, () => {
    batch.drop(1)
    throw new Error('no database')
  })
  expect((await deliver(batch)).done).toEqual(new Map([[0, 5]]))
  expect(putAside).toEqual([['retries', 1, ['0:4']]])
})

test('expired records are put aside, the others delivered', async () => {
  const { deliver, putAside, lines } = delivery({ maximumRecordAgeSeconds: 60 }, () => undefined)
  const old = { timestamp: Date.now() - 61_000 }
  expect(await deliver(batchOf([0, 4, old], [0, 5], [0, 6, { timestamp: -1 }], [1, 7, old]))).toEqual({
    done: new Map([
      [0, 7],
      [1, 8],
    ]),
    again: [],
  })
  expect(putAside).toEqual([['age', 0, ['0:4', '1:7']]])
  expect(lines.join()).toContain('orders-0 4, orders-1 7 goes to the queue failed: older than 60 s')
})

test('a record too large for any payload is named, skipped and put aside', async () => {
  const { deliver, lines, putAside } = delivery({}, fail)
  const batch = batchOf([2, 9, { value: Buffer.alloc(5_000_000) }])
  expect(await deliver(batch)).toEqual({ done: new Map([[2, 10]]), again: [] })
  expect(lines).toEqual([expect.stringMatching(/orders-2 9 is skipped: its payload would have 6\d{6} bytes/)])
  expect(putAside).toEqual([['size', 0, ['2:9']]])
})

describe('bisecting', () => {
  test('isolates the record that fails, uses up no retry, and loses nothing', async () => {
    const delivered: string[] = []
    const discarded: string[] = []
    const mapping = {
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 0,
    }
    const poison = '0:13'
    const queue = [batchOf(...Array.from({ length: 20 }, (_, offset): [number, number] => [0, offset]))]
    for (let batch = queue.shift(); batch; batch = queue.shift()) {
      const offsets = offsetsOf(batch)
      const { deliver, putAside } = delivery(mapping, offsets.includes(poison) ? fail : () => undefined)
      const { done, again } = await deliver(batch)
      if (putAside.length > 0) discarded.push(...offsets)
      else if (done.size > 0) delivered.push(...offsets)
      queue.unshift(...again.flat())
    }
    expect(discarded).toEqual([poison])
    expect(delivered).toEqual(
      Array.from({ length: 20 }, (_, offset) => `0:${offset}`).filter(place => place !== poison),
    )
  })
})

describe('a partial response', () => {
  const reporting = (...failed: [string, number][]) =>
    delivery({ reportBatchItemFailures: true, maximumRetryAttempts: 3 }, () => ({
      batchItemFailures: failed.map(([partition, offset]) => ({ itemIdentifier: { partition, offset } })),
    }))

  test('is done up to the first failed offset, and continues from there', async () => {
    const { deliver } = reporting(['orders-0', 5])
    const { done, again } = await deliver(batchOf([0, 4], [0, 5], [0, 6], [1, 7]))
    expect(done).toEqual(
      new Map([
        [0, 5],
        [1, 8],
      ]),
    )
    expect(again.map(list => list.map(offsetsOf))).toEqual([[['0:5', '0:6']]])
    expect(again[0]?.[0]?.failures).toBe(1)
  })

  test('partitions continue apart from each other; one without progress counts its failures', async () => {
    const { deliver } = reporting(['orders-0', 4], ['orders-1', 8])
    const batch = batchOf([0, 4], [1, 7], [1, 8])
    batch.failures = 2
    const { done, again } = await deliver(batch)
    expect(done).toEqual(new Map([[1, 8]]))
    expect(again.map(list => list.map(offsetsOf))).toEqual([[['0:4']], [['1:8']]])
    expect(again.map(([first]) => first?.failures)).toEqual([3, 1])
  })

  describe('in the reading that only the listed records come again', () => {
    const listed = (rules: Rules, ...failed: [string, number][]) =>
      delivery(
        { reportBatchItemFailures: true, maximumRetryAttempts: 1, partialResponses: 'listed', ...rules },
        () => ({
          batchItemFailures: failed.map(([partition, offset]) => ({ itemIdentifier: { partition, offset } })),
        }),
      )

    test('those between them are done, and the position waits for the lowest', async () => {
      const { deliver } = listed({}, ['orders-0', 8], ['orders-0', 5])
      const { done, again } = await deliver(batchOf([0, 4], [0, 5], [0, 6], [0, 8], [0, 9], [1, 7]))
      expect(done).toEqual(
        new Map([
          [0, 5],
          [1, 8],
        ]),
      )
      expect(again.map(list => list.map(offsetsOf))).toEqual([[['0:5', '0:8']]])
      const [[rest] = []] = again
      const { deliver: succeed } = delivery({}, () => undefined)
      // Once they succeed, the position is behind what was done meanwhile.
      expect(rest && (await succeed(rest)).done).toEqual(new Map([[0, 10]]))
    })

    test('each record has its own number of attempts, whatever is listed with it', async () => {
      const { deliver } = listed({}, ['orders-0', 5], ['orders-0', 8])
      const [[rest] = []] = (await deliver(batchOf([0, 4], [0, 5], [0, 8]))).again
      const second = listed({}, ['orders-0', 8])
      const [[last] = []] = rest ? (await second.deliver(rest)).again : []
      expect(last && offsetsOf(last)).toEqual(['0:8'])
      const third = listed({}, ['orders-0', 8])
      expect(last && (await third.deliver(last)).again).toEqual([])
      expect(third.putAside).toEqual([['retries', 2, ['0:8']]])
    })
  })

  test('an unknown record fails all of the batch', async () => {
    const { deliver } = reporting(['orders-9', 4])
    const batch = batchOf([0, 4])
    expect(await deliver(batch)).toEqual({ done: new Map(), again: [[batch]] })
  })
})

describe('the backlog', () => {
  test('pauses grow to half a minute', () => {
    const pauses = [0, 1, 2, 3, 8, 9, 50].map(failures => backoffMs({ failures, setbacks: 0 } as Batch))
    expect(pauses).toEqual([200, 200, 400, 800, 25_600, 30_000, 30_000])
  })

  test('lanes do not wait for each other, batches of a lane do', () => {
    const backlog = new Backlog()
    const [first, second] = [batchOf([0, 4]), batchOf([0, 5], [1, 2])]
    backlog.add([[first, second], [batchOf([2, 9])]])
    expect([0, 1, 2, 3].map(partition => backlog.blocks(partition))).toEqual([true, true, true, false])
    const later = performance.now() + 1_000
    const lane = backlog.take(later)
    expect(lane?.current).toBe(first)
    expect(backlog.take(later)?.current.has(2)).toBe(true)
    expect(backlog.take(later)).toBeUndefined()
    if (lane) backlog.put(lane, [])
    expect(backlog.take(later)?.current).toBe(second)
  })

  test('what fails again goes before what waits behind it', () => {
    const backlog = new Backlog()
    const [first, second] = [batchOf([0, 4]), batchOf([0, 5])]
    backlog.add([[first, second]])
    const lane = backlog.take(performance.now() + 1_000)
    if (lane) backlog.put(lane, [[first]])
    expect(backlog.dueAt()).toBeGreaterThan(performance.now())
    expect(backlog.take(performance.now() + 1_000)?.current).toBe(first)
  })

  test('forgets a partition that has gone', () => {
    const backlog = new Backlog()
    backlog.add([[batchOf([0, 4])], [batchOf([1, 7], [2, 1])]])
    backlog.drop(0)
    backlog.drop(1)
    expect([0, 1, 2].map(partition => backlog.blocks(partition))).toEqual([false, false, true])
    expect(offsetsOf(backlog.take(performance.now() + 1_000)?.current ?? batchOf())).toEqual(['2:1'])
    expect(backlog.dueAt()).toBe(Number.POSITIVE_INFINITY)
  })
})
