import { inspect } from 'node:util'

/** The other side of `function-process.ts`. */
interface Invocation {
  event: unknown
  timeoutMs: number
  variables: Record<string, string>
  runtime: Runtime
}

/** The arguments with which each platform's runtime calls a handler, as its documentation has them. */
const argumentsOf = {
  aws: (event: unknown, timeoutMs: number) => {
    const end = Date.now() + timeoutMs
    const { AWS_REGION, AWS_LAMBDA_FUNCTION_NAME: functionName } = process.env
    const invokedFunctionArn = `arn:aws:lambda:${AWS_REGION}:123456789012:function:${functionName}`
    const context = {
      functionName,
      invokedFunctionArn,
      awsRequestId: 'test',
      getRemainingTimeInMillis: () => end - Date.now(),
    }
    return [event, context]
  },
  /** Function Compute, "Event handlers" and "Context" of the Node.js runtime: the event is a buffer. */
  alibaba: (event: unknown, timeoutMs: number) => {
    const meta = { name: 'dump', handler: 'dump.handler', memory: 512, timeout: timeoutMs / 1000 }
    const credentials = { accessKeyId: '', accessKeySecret: '', securityToken: '' }
    const context = { requestId: 'test', credentials, function: meta, region: 'cn-hangzhou', accountId: '1' }
    return [Buffer.from(JSON.stringify(event)), context, () => {}]
  },
  /** Serverless Cloud Function, "Development Methods" of Node.js: logged contexts have the time as a number. */
  tencent: (event: unknown, timeoutMs: number) => {
    const time = { getRemainingTimeInMillis: timeoutMs, time_limit_in_ms: timeoutMs }
    return [event, { ...time, memory_limit_in_mb: 512, function_name: 'dump', request_id: 'test' }, () => {}]
  },
  /** FunctionGraph, "Using the FunctionGraph context". */
  functiongraph: (event: unknown, timeoutMs: number) => [
    event,
    { getRequestID: () => 'test', getFunctionName: () => 'dump', getRemainingTimeInMilliSeconds: () => timeoutMs },
  ],
}

export type Runtime = keyof typeof argumentsOf

const { handler } = await import(process.argv[2] as string)

process.on('message', async ({ event, timeoutMs, variables, runtime }: Invocation) => {
  Object.assign(process.env, variables)
  try {
    process.send?.({ response: await handler(...argumentsOf[runtime](event, timeoutMs)) })
  } catch (error) {
    // As the runtime does: errors are printed whole, so a secret in them would be seen.
    console.error(inspect(error, { depth: null }))
    const { name, message } = error as Error
    process.send?.({ error: { name, message } })
  }
})

// Only the channel keeps a function alive that has nothing to do.
process.on('disconnect', () => process.exit(0))
