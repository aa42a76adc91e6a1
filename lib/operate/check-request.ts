import { z } from 'zod'
import { CodedError } from '../error.ts'
import type { CheckResult } from './check.ts'
import type { Lags } from './lag.ts'
import type { SentRecord } from './test-record.ts'

const text = z.string().nullable()
const record = z.object({ topic: z.string(), key: text, value: text })
const sent = record.extend({
  partition: z.int(),
  offset: z.int(),
  timestamp: z.number(),
  id: z.string(),
  ends: z.record(z.string(), z.int()),
})

const request = z.discriminatedUnion('action', [
  /** `topics`: those that the function's own variables don't name. */
  z.object({ action: z.literal('check'), topics: z.array(z.string()).optional() }),
  z.object({ action: z.literal('lag'), topics: z.array(z.string()) }),
  z.object({ action: z.literal('send'), record }),
  z.object({ action: z.literal('find'), sent }),
])

/** A request to the function `check`. */
export type CheckRequest = z.infer<typeof request>

/** The response to each action. */
export interface CheckAnswers {
  check: { connector: string; passed: boolean; results: CheckResult[] }
  /** Records by topic. */
  lag: Lags
  send: SentRecord
  /** Where the record arrived; null until it has. */
  find: { bucket: string; key: string } | { topic: string; partition: number; offset: number } | null
}

/**
 * Parses an event. One without an action, such as a test event of AWS's console, requests a check.
 *
 * @throws CodedError `EVENT_UNKNOWN`
 */
export function parseCheckRequest(event: unknown): CheckRequest {
  if (typeof event !== 'object' || event === null || !('action' in event)) return { action: 'check' }
  const parsed = request.safeParse(event)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join(', ')
  throw new CodedError('EVENT_UNKNOWN', `Expected the action check, lag, send or find with its parameters: ${wrong}`)
}
