import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { noMarks, withOutcome } from '../../../lib/redrive/marks.ts'
import { createReplicaRedriver } from '../../../lib/redrive/replica-redriver.ts'
import type { Replication } from '../../../lib/replication/replicate.ts'
import { SOURCE_HEADER } from '../../../lib/replication/source-header.ts'

const place = { topic: 'orders', partition: 0 }

const record = (offset: number, from?: string): KafkaRecord => ({
  ...{ ...place, offset, timestamp: offset, key: null, value: Buffer.from(`${offset}`) },
  headers: from === undefined ? [] : [{ key: SOURCE_HEADER, value: Buffer.from(from) }],
})

async function redrive(records: KafkaRecord[], filter: Replication['filter']) {
  const target: number[] = []
  let marked = noMarks()
  const replication = {
    ...{ sourceAlias: 'a', targetAlias: 'b', partitioner: 'same', mapping: new Map(), filter, telemetry: noTelemetry },
    policy: { remoteTopic: (_: string, topic: string) => topic },
    topics: { ready: async () => 1, forget() {} },
    logger: { info() {}, warn() {}, error() {} },
    writer: {
      async write({ records: routed }: { records: { record: KafkaRecord }[] }) {
        for (const one of routed) target.push(one.record.offset)
        return { written: routed }
      },
    },
  } as unknown as Replication
  const marks = {
    of: async () => marked,
    lastTopicId: async () => undefined,
    add: async (_: unknown, __: unknown, outcome: Parameters<typeof withOutcome>[1]) => {
      marked = withOutcome(marked, outcome)
    },
  }
  const redriver = createReplicaRedriver({ replication, marks, peer: 'b', now: Date.now })
  const failed = {
    code: 'KAFKA_TIMEOUT' as const,
    place: { kind: 'kafka' as const, named: 'log' as const, failedAt: [] },
  }
  const part = { ...place, topicId: 'id', sources: [], records: records.map(one => ({ record: one, ...failed })) }
  return { outcome: await redriver.redrive(part as never), target, marked }
}

test('records of a topic that the connector leaves out are refused, and stay in the list', async () => {
  const { outcome, target, marked } = await redrive([record(3), record(4)], () => 'own topic')
  expect(outcome.refused).toEqual([{ offsets: [[3, 2]], reason: expect.stringContaining('own topic') }])
  expect(outcome).toMatchObject({ redriven: [], present: [], failed: [] })
  expect(target).toEqual([])
  expect(marked).toEqual(noMarks())
})

test('records that came from the target are refused, and the others are redriven', async () => {
  const { outcome, target, marked } = await redrive([record(3, 'b'), record(4)], () => undefined)
  expect(outcome.refused).toEqual([{ offsets: [[3, 1]], reason: expect.stringContaining('came from the target') }])
  expect(outcome).toMatchObject({ redriven: [[4, 1]], present: [] })
  expect(target).toEqual([4])
  expect(marked.redriven).toEqual([[4, 1]])
})
