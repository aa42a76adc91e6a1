import { randomBytes } from 'node:crypto'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { createTransactions, type Transactions } from '../../lib/kafka/produce/transaction.ts'
import { END_TRANSACTION, FIND_COORDINATOR, PRODUCE, startLossyProxy } from '../support/lossy-proxy.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

const { plaintext } = stack.connections
const soon = () => Date.now() + 20_000
const open: Transactions[] = []

function transactionsOver(connection: KafkaSettings): Transactions {
  const transactions = createTransactions(connection, { clientId: 'test', compression: 'zstd' })
  open.push(transactions)
  return transactions
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(transactions => transactions.close()))
})

const record = (value: string | number, partition = 0) => ({
  partition,
  key: null,
  value: Buffer.from(String(value)),
  headers: [],
  timestamp: -1,
})

/** The committed records that consumers see: partition, offset and value of each. */
async function committed(topic: string, open?: 'leave out'): Promise<string[]> {
  const records = await recordsOfJava(plaintext.brokers, topic, open)
  return records.map(({ partition, offset, value }) => `${partition} ${offset} ${value}`)
}

test('what a transaction sends to several topics is committed together, and again in the next one', async () => {
  const [orders, syncs, id] = [await createTopic('orders', 2), await createTopic('syncs'), uniqueName('id')]
  const transactions = transactionsOver(plaintext)
  for (const turn of [0, 1]) {
    await transactions.transaction(id, soon(), async ({ claimed, send }) => {
      expect(claimed).toBe(turn === 0)
      const sent = await send(orders, [record('a'), record('b'), record('c', 1)])
      // The marker of the transaction before takes an offset, too.
      expect(sent).toEqual([
        { partition: 0, firstOffset: turn * 3, records: 2 },
        { partition: 1, firstOffset: turn * 2, records: 1 },
      ])
      await send(orders, [])
      await send(syncs, [record(`sync ${turn}`)])
      if (turn === 0) expect(await committed(orders, 'leave out')).toEqual([])
    })
  }
  expect(await committed(orders)).toEqual(['0 0 a', '0 1 b', '0 3 a', '0 4 b', '1 0 c', '1 2 c'])
  expect(await committed(syncs)).toEqual(['0 0 sync 0', '0 2 sync 1'])
})

test('what a transaction sent that fails is never seen, and the id has to be claimed again', async () => {
  const [topic, id] = [await createTopic('failed'), uniqueName('id')]
  const transactions = transactionsOver(plaintext)
  const failing = transactions.transaction(id, soon(), async ({ send }) => {
    await send(topic, [record('lost')])
    throw new Error('the caller changed its mind')
  })
  await expect(failing).rejects.toThrow('the caller changed its mind')
  await transactions.transaction(id, soon(), async ({ claimed, send }) => {
    expect(claimed).toBe(true)
    await send(topic, [record('kept')])
  })
  expect(await committed(topic)).toEqual(['0 2 kept'])
})

test('a zombie is fenced: who claims the id last commits, whatever the other one had sent', async () => {
  const [topic, id] = [await createTopic('fenced'), uniqueName('id')]
  const [zombie, successor] = [transactionsOver(plaintext), transactionsOver(plaintext)]
  const late = zombie.transaction(id, soon(), async ({ send }) => {
    await send(topic, [record('from the zombie')])
    await successor.transaction(id, soon(), ({ send }) => send(topic, [record('from its successor')]))
    await send(topic, [record('from the zombie, too')])
  })
  await expect(late).rejects.toMatchObject({ code: 'KAFKA_REJECTED', retryable: true })
  await zombie.transaction(id, soon(), async ({ claimed, send }) => {
    expect(claimed).toBe(true)
    await send(topic, [record('from the zombie, having looked anew')])
  })
  const idle = successor.transaction(id, soon(), ({ send }) => send(topic, [record('fenced now')]))
  await expect(idle).rejects.toMatchObject({ retryable: true })
  const values = (await committed(topic)).map(line => line.replace(/^\d+ \d+ /, ''))
  expect(values).toEqual(['from its successor', 'from the zombie, having looked anew'])
})

test('ids do not disturb each other', async () => {
  const topic = await createTopic('ids', 4)
  const transactions = transactionsOver(plaintext)
  const ids = [0, 1, 2, 3].map(() => uniqueName('id'))
  await Promise.all(
    ids.map(async (id, partition) => {
      for (let turn = 0; turn < 5; turn += 1) {
        await transactions.transaction(id, soon(), ({ send }) => send(topic, [record(turn, partition)]))
      }
    }),
  )
  const expected = ids.flatMap((_, partition) => [0, 1, 2, 3, 4].map(turn => `${partition} ${turn * 2} ${turn}`))
  expect(await committed(topic)).toEqual(expected)
})

test.each([
  ['a record', PRODUCE],
  ['the commit', END_TRANSACTION],
])('a lost answer to %s changes nothing', async (_, lost) => {
  const [topic, id] = [await createTopic('lossy'), uniqueName('id')]
  const proxy = await startLossyProxy(plaintext.brokers[0] as string, lost)
  try {
    const transactions = transactionsOver({ ...plaintext, brokers: proxy.brokers })
    for (let turn = 0; turn < 4; turn += 1) {
      proxy.losses = turn
      await transactions.transaction(id, soon(), ({ send }) => send(topic, [record(turn)]))
      expect(proxy.losses).toBe(0)
    }
    expect(await committed(topic)).toEqual([0, 1, 2, 3].map(turn => `0 ${turn * 2} ${turn}`))
  } finally {
    await proxy.stop()
  }
})

// The coordinator takes a late request to commit for one of the next transaction. KIP-890 tells of the same for Java's producer.
test('a commit that arrives late does not commit the next transaction', async () => {
  const [topic, id] = [await createTopic('late', 2), uniqueName('id')]
  const proxy = await startLossyProxy(plaintext.brokers[0] as string)
  try {
    const transactions = transactionsOver({ ...plaintext, brokers: proxy.brokers })
    const write = (id: string, deadline: number, ...records: ReturnType<typeof record>[]) =>
      transactions.transaction(id, deadline, ({ send }) => send(topic, records))
    await write(id, soon(), record('first'))
    const { begun, release } = proxy.hold(END_TRANSACTION, 'request')
    const second = write(id, Date.now() + 6_000, record('second'))
    await begun
    // Its use of the connection keeps that open, and its answers come after that to the late request.
    const beside = write(uniqueName('id'), soon(), record('beside', 1))
    await second
    const third = transactions.transaction(id, soon(), async ({ send }) => {
      await send(topic, [record('third')])
      release()
      await beside
      throw new Error('the caller changed its mind')
    })
    await expect(third).rejects.toThrow('the caller changed its mind')
    const values = (await committed(topic)).map(line => line.replace(/^(\d+) \d+ /, '$1 '))
    expect(values.sort()).toEqual(['0 first', '0 second', '1 beside'])
  } finally {
    await proxy.stop()
  }
})

// A late attempt took the id from the transaction that a later attempt had made possible.
test('an attempt to claim the id that continues too late does not end the transaction', async () => {
  const [topic, id] = [await createTopic('late', 2), uniqueName('id')]
  const proxy = await startLossyProxy(plaintext.brokers[0] as string)
  try {
    const transactions = transactionsOver({ ...plaintext, brokers: proxy.brokers })
    const write = (id: string, ...records: ReturnType<typeof record>[]) =>
      transactions.transaction(id, soon(), ({ send }) => send(topic, records))
    const known = uniqueName('id')
    await write(known, record('connects', 1))
    const { begun, release } = proxy.hold(FIND_COORDINATOR, 'answer')
    const late = transactions.transaction(id, Date.now() + 6_000, async ({ send }) => {
      await send(topic, [record('first')])
      release()
      await beside
      await send(topic, [record('second')])
    })
    await begun
    const beside = write(known, record('beside', 1))
    await late
    const values = (await committed(topic)).map(line => line.replace(/^(\d+) \d+ /, '$1 '))
    expect(values.sort()).toEqual(['0 first', '0 second', '1 beside', '1 connects'])
  } finally {
    await proxy.stop()
  }
})

test('a record that is too large ends its transaction with the record’s place', async () => {
  const [topic, id] = [await createTopic('large'), uniqueName('id')]
  const transactions = transactionsOver(plaintext)
  const failing = transactions.transaction(id, soon(), ({ send }) =>
    send(topic, [record('fits'), { ...record('large'), value: randomBytes(2_000_000) }]),
  )
  await expect(failing).rejects.toMatchObject({ code: 'KAFKA_RECORD_TOO_LARGE', refused: [{ index: 1 }] })
  expect(await committed(topic)).toEqual([])
})
