import * as z from 'zod'
import { CodedError } from '../error.ts'
import type { CheckResult } from './check.ts'
import type { Positions } from './positions.ts'
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
  /** `since`: counts the records that were produced from this time on, in milliseconds since the epoch. */
  z.object({ action: z.literal('positions'), topics: z.array(z.string()), since: z.int().optional() }),
  z.object({ action: z.literal('send'), record }),
  z.object({ action: z.literal('find'), sent }),
])

/** A request to the function `check`. */
export type CheckRequest = z.infer<typeof request>

/** The response to each action. */
export interface CheckAnswers {
  check: { connector: string; passed: boolean; results: CheckResult[] }
  positions: Positions
  send: SentRecord
  /** Where the record arrived; null until it has. */
  find: { bucket: string; key: string } | { topic: string; partition: number; offset: number } | null
}

const offset = z.int().min(0).nullable()
const position = z.object({
  partition: z.int().min(0),
  ...{ committed: offset, start: offset, end: offset, produced: offset },
  nextTimestamp: z.number().nullable(),
  nextUnknown: z.string().optional(),
})

const result = z.object({
  ...{ check: z.string(), ok: z.boolean(), detail: z.string() },
  warning: z.literal(true).optional(),
  errorCode: z.string().optional(),
})

/** What each answer looks like, for the caller: the function that answers may be of another version. */
const answers: Record<CheckRequest['action'], z.ZodType> = {
  check: z.object({ results: z.array(result) }),
  positions: z.record(z.string(), z.array(position).nullable()),
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
  throw new CodedError(
    'EVENT_UNKNOWN',
    `Expected the action check, positions, send or find with its parameters: ${wrong}`,
  )
}
