import { parseArgs } from 'node:util'
import { heldResources } from './resources.ts'

/**
 * Invokes a function in this process as Lambda does, one event after the other, and sends to its parent what the process holds
 * after each so many of them. The function's settings come from the environment.
 */
const { values } = parseArgs({
  options: { function: { type: 'string' }, invocations: { type: 'string' }, every: { type: 'string' } },
})
const { function: functionName = '' } = values
const [INVOCATIONS, EVERY] = [Number(values.invocations), Number(values.every)]
const PARTITIONS = 2
const RECORDS_PER_PARTITION = 5
const INVOCATION_MS = 60_000

const { handler } = await (functionName === 'dump'
  ? import('../../functions/dump.ts')
  : import('../../functions/replicate.ts'))

process.once('disconnect', () => process.exit(1))
for (let invocation = 1; invocation <= INVOCATIONS; invocation++) {
  await handler(JSON.parse(event(invocation)), context(invocation))
  if (invocation % EVERY === 0) process.send?.({ invocation, ...(await heldResources()) })
}
process.disconnect()
process.exit(0)

/** The next records of each partition, as text. */
function event(invocation: number): string {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => [
    `orders-${partition}`,
    Array.from({ length: RECORDS_PER_PARTITION }, (_, index) => ({
      topic: 'orders',
      partition,
      offset: (invocation - 1) * RECORDS_PER_PARTITION + index,
      timestamp: 1_767_225_600_000 + invocation,
      timestampType: 'CREATE_TIME',
      key: Buffer.from(`customer-${invocation % 997}`).toString('base64'),
      value: Buffer.from(JSON.stringify({ orderId: invocation, status: 'shipped' })).toString('base64'),
      headers: [{ trace: [...Buffer.from(String(invocation))] }],
    })),
  ])
  return JSON.stringify({ eventSource: 'SelfManagedKafka', records: Object.fromEntries(partitions) })
}

function context(invocation: number) {
  const end = Date.now() + INVOCATION_MS
  return {
    functionName,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${functionName}`,
    memoryLimitInMB: '1024',
    awsRequestId: `soak-${invocation}`,
    getRemainingTimeInMillis: () => end - Date.now(),
  } as never
}
