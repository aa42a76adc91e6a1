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
  /** Topics that the function's own variables don't name. */
  z.object({ action: z.literal('check'), topics: z.array(z.string()).optional() }),
  z.object({ action: z.literal('lag'), topics: z.array(z.string()) }),
  z.object({ action: z.literal('send'), record }),
  z.object({ action: z.literal('find'), sent }),
])

/** What the function `check` can be asked for. */
export type CheckRequest = z.infer<typeof request>

/** What it answers, by what it was asked for. */
export interface CheckAnswers {
  check: { connector: string; passed: boolean; results: CheckResult[] }
  /** Records by topic. */
  lag: Lags
  send: SentRecord
  /** Where the record came out; null while it didn't. */
  find: { bucket: string; key: string } | { topic: string; partition: number; offset: number } | null
}

/**
 * What an event asks for. One that doesn't say so, a test event of AWS's console for instance, asks for a check.
 *
 * @throws CodedError `EVENT_UNKNOWN`
 */
export function parseCheckRequest(event: unknown): CheckRequest {
  if (typeof event !== 'object' || event === null || !('action' in event)) return { action: 'check' }
  const parsed = request.safeParse(event)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join(', ')
  throw new CodedError('EVENT_UNKNOWN', `Expected an action of check, lag, send or find with what it needs: ${wrong}`)
}
