import { parseArgs } from 'node:util'
import { heldResources } from './resources.ts'
import { smallContext, smallEvent } from './small-event.ts'

/**
 * Invokes a function in this process as Lambda does, one event after the other, and sends to its parent what the process holds
 * after each so many of them. The function's settings come from the environment.
 */
const { values } = parseArgs({
  options: { function: { type: 'string' }, invocations: { type: 'string' }, every: { type: 'string' } },
})
const { function: functionName = '' } = values
const [INVOCATIONS, EVERY] = [Number(values.invocations), Number(values.every)]
const RECORDS = 5
const SIZE = { topics: 1, partitions: 2, records: RECORDS }
const INVOCATION_MS = 60_000

process.once('disconnect', () => process.exit(1))
const { handler } = await (functionName === 'dump'
  ? import('../../functions/dump.ts')
  : import('../../functions/replicate.ts'))

for (let invocation = 1; invocation <= INVOCATIONS; invocation++) {
  const event = JSON.parse(smallEvent({ ...SIZE, offset: invocation * RECORDS }))
  await handler(event, smallContext(functionName, invocation, INVOCATION_MS))
  if (invocation % EVERY === 0) process.send?.({ invocation, ...(await heldResources()) })
}
process.removeAllListeners('disconnect').disconnect()
process.exit(0)
