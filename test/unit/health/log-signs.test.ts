import type { LogEvent } from '../../../lib/cloudwatch/logs.ts'
import { MAX_LINES, readLog } from '../../../lib/health/log-signs.ts'
import { partitionsOf } from '../../../lib/health/partitions.ts'

const NOW = Date.parse('2026-11-29T03:00:00Z')
const window = { since: NOW - 900_000, rateSince: NOW - 300_000 }

const delivery = { level: 'INFO', message: 'Object written', topic: 'orders', partition: 0, records: 5, key: 'a' }
const stop = {
  ...{ level: 'ERROR', message: 'Partition stopped', topic: 'orders', partition: 1, firstOffset: 7 },
  ...{ errorCode: 'VALUE_UNDECODABLE', errorMessage: 'no JSON' },
}

/** A log of deliveries, at the end of which a partition stops. */
function logOf(deliveries: number) {
  const lines = [...Array<object>(deliveries).fill(delivery), stop]
  const events = lines.map((line, index): LogEvent => {
    return { id: `${index}`, timestamp: NOW - lines.length + index, message: JSON.stringify(line) }
  })
  return {
    async *matching(_: string, since: number, pattern: string) {
      const hasDeliveries = pattern.includes(delivery.message)
      const found = events.filter(({ message }) => hasDeliveries || message.includes('"ERROR"'))
      for (let start = 0; start < found.length; start += 10_000)
        yield found.slice(start, start + 10_000).filter(({ timestamp }) => timestamp >= since)
    },
  }
}

function health(signs: Awaited<ReturnType<typeof readLog>>) {
  const position = { start: 0, end: 10, committed: 7, produced: 10, nextTimestamp: NOW - 1_000 }
  const positions = { orders: [0, 1].map(partition => ({ ...position, partition })) }
  return partitionsOf(positions, signs, undefined, NOW)
}

test('a log gives deliveries and errors of each partition', async () => {
  const [one, other] = health(await readLog(logOf(2), 'lake-dev-flow', window))
  expect(one).toMatchObject({ stopped: false, recordsOutPerMinute: 2, lastDelivery: { key: 'a' }, unknown: {} })
  expect(other).toMatchObject({ stopped: true, lastError: { code: 'VALUE_UNDECODABLE', offset: 7 }, unknown: {} })
})

test('in a log that is too long, the newest error is found, and deliveries are not known', async () => {
  const [one, other] = health(await readLog(logOf(MAX_LINES + 1), 'lake-dev-flow', window))
  const unknown = expect.objectContaining({ lastDelivery: expect.stringContaining('more than 20,000 lines') })
  expect(one).toMatchObject({ stopped: false, recordsOutPerMinute: null, lastDelivery: null, unknown })
  expect(other).toMatchObject({ stopped: true, lastError: { code: 'VALUE_UNDECODABLE', offset: 7 } })
})
