import { parseArgs } from 'node:util'
import { undeclaredRules } from '../../lib/offline/mapping/event-source-mapping.ts'
import { Poller } from '../../lib/offline/poller/poller.ts'

/**
 * A function in this process, behind the event source mapping of `lib/offline`: events are built and parsed as Lambda
 * does. Its settings come from the environment, as on Lambda.
 */
const { values } = parseArgs({
  options: { function: { type: 'string' }, topic: { type: 'string' }, group: { type: 'string' } },
})
const { function: functionName = '', topic = '', group = '' } = values
const { handler } = await (functionName === 'dump'
  ? import('../../functions/dump.ts')
  : import('../../functions/replicate.ts'))
const INVOCATION_MS = 60_000

function context() {
  const end = Date.now() + INVOCATION_MS
  return { functionName, awsRequestId: 'bench', getRemainingTimeInMillis: () => end - Date.now() }
}

const poller = new Poller({
  mapping: {
    functionKey: functionName,
    functionName,
    eventSource: 'SelfManagedKafka',
    bootstrapServers: [],
    topic,
    consumerGroupId: group,
    batchSize: 10_000,
    batchingWindowMs: 500,
    ...undeclaredRules,
  },
  onLag() {},
  connection: { brokers: (process.env.SOURCE_KAFKA_BROKERS ?? '').split(','), securityProtocol: 'PLAINTEXT' },
  invoke: payload => handler(JSON.parse(payload.toString()), context() as never),
  log: { info() {}, notice() {}, warning: console.error, error: console.error },
})
await poller.start()
