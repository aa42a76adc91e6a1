import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaBroker, startKafka } from '../../local/kafka-broker.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { Cluster } from '../support/offline-polling.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'

const OUTAGE_MS = 60_000

/** Shorter than the outage, so that invocations fail in the middle of it and their batches are delivered again. */
const INVOCATION_MS = 25_000

/** A is the shared broker, B the one that goes away. */
const a = new Cluster()
let broker: KafkaBroker
let b: Cluster

beforeAll(async () => {
  broker = await startKafka()
  b = new Cluster(broker.connections.plaintext)
  await Promise.all([a.open(), b.open()])
})

afterAll(async () => {
  await Promise.all([a.close(), b?.close()])
  await broker?.stop()
})

/** The function from A to B, over SASL_SSL with SCRAM-SHA-512. */
function start(environment: Record<string, string> = {}): FunctionProcess {
  return new FunctionProcess(functionFile('replicate'), {
    AWS_LAMBDA_FUNCTION_NAME: 'replicate',
    SOURCE_ALIAS: 'a',
    TARGET_ALIAS: 'b',
    FAILURE_POLICY: 'fail',
    ...clusterEnvironment('SOURCE', a.connection),
    ...clusterEnvironment('TARGET', broker.connections.saslSslScram512),
    ...environment,
  })
}

const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ key: `k${(from + index) % 7}`, value: `value ${from + index}` }))

test('a target that is away for a minute under load: nothing is lost or out of order, and replication resumes', async () => {
  const topic = await a.createTopic(2)
  const once = { SOURCE_ALIAS: 'once', EXACTLY_ONCE: 'true', OFFSET_SYNCS_LOCATION: 'target' }
  const pollings = [start(), start(once)].map(function_ =>
    a.poll(topic, event => function_.respond(event, INVOCATION_MS)),
  )
  let produced = 0
  const produceMore = async () => {
    for (const partition of [0, 1]) await a.produce(topic, partition, numbered(50, produced))
    produced += 50
  }
  while (pollings.some(({ events }) => events.length < 4)) await produceMore()
  let away = true
  const restarted = broker.restart(OUTAGE_MS).finally(() => {
    away = false
  })
  // At first as fast as the broker takes them: it is busy when the target goes away.
  while (produced < 5_000) await produceMore()
  while (away) {
    await produceMore()
    await sleep(250)
  }
  await restarted
  for (const { groupId } of pollings) await a.untilRead(groupId, topic)
  const expected = numbered(produced).map(({ value }) => value)
  const atLeastOnce = await b.read(`a.${topic}`, await b.count(`a.${topic}`))
  const exactlyOnce = await recordsOfJava(b.connection.brokers, `once.${topic}`)
  for (const partition of [0, 1]) {
    // A batch that was under way when the target went away, or when an invocation ended, may be there twice.
    expect([...new Set(atLeastOnce.get(partition)?.map(({ value }) => String(value)))]).toEqual(expected)
    const here = exactlyOnce.filter(record => record.partition === partition)
    expect(here.map(({ value }) => String(value))).toEqual(expected)
  }
})
