import { app, type InvocationContext, type RetryOptions } from '@azure/functions'
import { readAzureSettings } from '../lib/config/azure.ts'
import { kafkaTrigger } from '../lib/platforms/azure/trigger.ts'
import { loadFunction } from './index.ts'

const settings = readAzureSettings(process.env)
const invoke = await loadFunction(settings.function)

/** Without a retry policy, the host skips a failed batch and its records are lost. */
const retry: RetryOptions = {
  strategy: 'exponentialBackoff',
  maxRetryCount: -1,
  minimumInterval: { seconds: 1 },
  maximumInterval: { minutes: 5 },
}

app.generic(settings.function, {
  trigger: kafkaTrigger(settings),
  retry,
  handler: async (values: unknown, context: InvocationContext) => {
    const end = Date.now() + settings.timeoutMs
    const { topic, dataType } = settings
    const event = dataType === 'binary' ? { topic, values, triggerMetadata: context.triggerMetadata } : values
    return await invoke(event, { getRemainingTimeInMillis: () => end - Date.now() })
  },
})
