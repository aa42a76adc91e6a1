import { inspect } from 'node:util'

/** The other side of `function-process.ts`. */
interface Invocation {
  event: unknown
  timeoutMs: number
  variables: Record<string, string>
}

const { handler } = await import(process.argv[2] as string)

process.on('message', async ({ event, timeoutMs, variables }: Invocation) => {
  Object.assign(process.env, variables)
  const end = Date.now() + timeoutMs
  const context = { functionName: 'dump', awsRequestId: 'test', getRemainingTimeInMillis: () => end - Date.now() }
  try {
    process.send?.({ response: await handler(event, context) })
  } catch (error) {
    // As the runtime does: errors are printed whole, so a secret in them would be seen.
    console.error(inspect(error, { depth: null }))
    const { name, message } = error as Error
    process.send?.({ error: { name, message } })
  }
})

// Only the channel keeps a function alive that has nothing to do.
process.on('disconnect', () => process.exit(0))
