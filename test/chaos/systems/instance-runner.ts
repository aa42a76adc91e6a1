import { inspect } from 'node:util'
import { type InstanceMessage, READY } from './instance.ts'

/**
 * The other side of `instance.ts`: what Lambda's runtime is to a function. Its arguments are the function's file and by how much
 * this process's clock is wrong, in milliseconds.
 */
const [, , file = '', skew = '0'] = process.argv

let skewMs = Number(skew)
const RealDate = Date

/** A clock that is wrong, for everything in this process that asks for the time. Monotonic clocks are right, as on a real machine. */
class WrongDate extends RealDate {
  constructor(...given: unknown[]) {
    super(...((given.length === 0 ? [RealDate.now() + skewMs] : given) as []))
  }

  static override now(): number {
    return RealDate.now() + skewMs
  }
}
globalThis.Date = WrongDate as DateConstructor

const { handler } = await import(file)
let invocations = 0

process.on('message', async (message: InstanceMessage) => {
  if ('skewMs' in message) {
    skewMs = message.skewMs
    return
  }
  const { payload, deadline } = message
  invocations += 1
  const context = {
    functionName: 'chaos',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:chaos',
    awsRequestId: `${process.pid}-${invocations}`,
    // As Lambda's own runtime: the platform says when the invocation ends, and the function's clock how long that still is.
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
  try {
    process.send?.({ response: await handler(JSON.parse(Buffer.from(payload).toString()), context) })
  } catch (error) {
    console.error(inspect(error, { depth: null }))
    const { name, message: text } = error as Error
    process.send?.({ error: `${name}: ${text}` })
  }
})

process.send?.(READY)

// Only the channel keeps a function alive that has nothing to do.
process.on('disconnect', () => process.exit(0))
