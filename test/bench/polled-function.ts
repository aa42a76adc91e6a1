import { parseArgs } from 'node:util'
import { undeclaredRules } from '../../lib/offline/mapping/event-source-mapping.ts'
import { Poller } from '../../lib/offline/poller/poller.ts'

/**
 * A function in this process, behind the event source mapping of `lib/offline`: events are built and parsed as Lambda
 * does. Its settings come from the environment, as on Lambda. The function `nothing` leaves the event as it comes.
 */
const { values } = parseArgs({
  options: { function: { type: 'string' }, topic: { type: 'string' }, group: { type: 'string' } },
})
const { function: functionName = '', topic = '', group = '' } = values
const INVOCATION_MS = 60_000

const functions: Record<string, () => Promise<(payload: Buffer) => Promise<unknown>>> = {
  dump: async () => invoking((await import('../../functions/dump.ts')).handler),
  replicate: async () => invoking((await import('../../functions/replicate.ts')).handler),
  nothing: async () => async () => {},
}

const invoking = (handler: (event: unknown, context: never) => Promise<unknown>) => (payload: Buffer) =>
  handler(JSON.parse(payload.toString()), context() as never)

function context() {
  const end = Date.now() + INVOCATION_MS
  return { functionName, awsRequestId: 'bench', getRemainingTimeInMillis: () => end - Date.now() }
}

const invoke = await functions[functionName]?.()
if (!invoke) throw new Error(`there is no function ${functionName}`)
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
  invoke,
  log: { info() {}, notice() {}, warning: console.error, error: console.error },
})
await poller.start()
