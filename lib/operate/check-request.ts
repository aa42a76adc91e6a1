import { z } from 'zod'
import { CodedError } from '../error.ts'
import type { CheckResult } from './check.ts'
import type { Lags } from './lag.ts'
import type { SentRecord } from './test-record.ts'

const text = z.string().nullable()
const record = z.object({
  topic: z.string(),
  key: text,
  value: text,
  partition: z.int().min(0).optional(),
  headers: z.record(z.string(), z.string()).optional(),
})
const sent = record.extend({
  partition: z.int().min(0),
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

const result = z.object({ check: z.string(), ok: z.boolean(), detail: z.string(), errorCode: z.string().optional() })

/** What each answer looks like, for the caller: the function that answers may be of another version. */
const answers: Record<CheckRequest['action'], z.ZodType> = {
  check: z.object({ results: z.array(result) }),
  lag: z.record(z.string(), z.number().nullable()),
  send: sent,
  find: z
    .union([
      z.object({ bucket: z.string(), key: z.string() }),
      z.object({ topic: z.string(), partition: z.int(), offset: z.int() }),
    ])
    .nullable(),
}

/** Whether the answer to a request has the form that its action asks for. */
export function isAnswer<Action extends CheckRequest['action']>(
  action: Action,
  answer: unknown,
): answer is CheckAnswers[Action] {
  return answers[action].safeParse(answer).success
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
