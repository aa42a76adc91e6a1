import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { FunctionProcess, functionFile } from './function-process.ts'
import { type KafkaEvent, withCluster } from './offline-polling.ts'
import type { ProvenTopics } from './restore-proof.ts'

/** Dumps both topics by the events of a trigger, in all formats from the same events, and compacts what is due. */
export async function dumpThroughTrigger(
  connection: KafkaSettings,
  { events, states }: ProvenTopics,
  environments: Record<string, string>[],
): Promise<void> {
  const dumps = environments.map(environment => serialized(new FunctionProcess(functionFile('dump'), environment)))
  const dump = (event: unknown) => Promise.all(dumps.map(dump => dump.respond(event)))
  try {
    await throughMapping(connection, states, dump)
    await throughEvents(connection, events, dump)
  } finally {
    await Promise.all(dumps.map(dump => dump.stop()))
  }
  await Promise.all(
    environments.map(async environment => {
      const compact = new FunctionProcess(functionFile('compact'), environment)
      await compact.respond({}, 120_000)
      await compact.stop()
    }),
  )
}

type Dump = (event: unknown) => Promise<unknown[]>

/** A local event source mapping reads the topic and calls the functions. */
async function throughMapping(connection: KafkaSettings, topic: string, dump: Dump): Promise<void> {
  await withCluster(connection, async cluster => {
    const handler = async (event: KafkaEvent) => (await dump(event))[0]
    const { groupId } = cluster.poll(topic, handler, { batchSize: BATCH_SIZE })
    await cluster.untilRead(groupId, topic)
  })
}

/** Events as a mapping makes them, but for the order of headers, which the local one can't keep. */
async function throughEvents(connection: KafkaSettings, topic: string, dump: Dump): Promise<void> {
  const source = createPartitionRecords(connection, 'trigger')
  try {
    for (const [partition, { start, end }] of await source.bounds(topic)) {
      for await (const records of source.read({ topic, partition, from: start, end })) {
        const events = Array.from({ length: Math.ceil(records.length / BATCH_SIZE) }, (_, index) =>
          eventWith(records.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE)),
        )
        await Promise.all(events.map(dump))
      }
    }
  } finally {
    await source.close()
  }
}

/** Records of an event, as a mapping with a batch size of this has them. */
const BATCH_SIZE = 300

/** The event of a mapping, as in `events/aws.json`: header bytes are signed numbers. */
function eventWith(records: KafkaRecord[]) {
  const [{ topic, partition } = { topic: '', partition: 0 }] = records
  const base64 = (bytes: Buffer | null) => bytes?.toString('base64')
  const list = records.map(({ offset, timestamp, key, value, headers }) => ({
    ...{ topic, partition, offset, timestamp, timestampType: 'CREATE_TIME', key: base64(key), value: base64(value) },
    headers: headers.map(({ key, value }) => ({ [key]: value && [...new Int8Array(value)] })),
  }))
  return {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: 'broker:9092',
    records: { [`${topic}-${partition}`]: list },
  }
}

/** A process takes one event at a time. */
function serialized(dump: FunctionProcess) {
  let last: Promise<unknown> = Promise.resolve()
  return {
    respond(event: unknown): Promise<unknown> {
      const next = last.then(() => dump.respond(event, 60_000))
      last = next.catch(() => {})
      return next
    },
    stop: () => dump.stop(),
  }
}
