import { createHandler } from '../../lib/event-handler.ts'
import { createLogger } from '../../lib/observability/logger.ts'
import { createTelemetry } from '../../lib/observability/telemetry.ts'
import { remainingMs } from '../../lib/platforms/context.ts'

// It ended with "Cannot read properties of null", which says nothing to whoever has called the function without a context.
test.each([null, undefined, 5, {}, { function: null }])(
  'an invocation whose context is %j is refused with a code',
  async context => {
    const settings = { service: 'test', connector: 'dump', logLevel: 'ERROR' as const }
    const handler = createHandler({
      ...settings,
      policy: 'log',
      peer: 'store',
      partialBatchResponses: false,
      logger: createLogger(settings),
      telemetry: createTelemetry(settings),
      write: async () => {},
    })
    await expect(handler([], context as never)).rejects.toMatchObject({ code: 'EVENT_UNKNOWN' })
  },
)

test('a time of FunctionGraph may be a number', () => {
  expect(remainingMs({ getRemainingTimeInMilliSeconds: 1500 })).toBe(1500)
})
