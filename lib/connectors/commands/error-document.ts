import { styleText } from 'node:util'
import * as z from 'zod'
import { acts, CodedError, type ErrorCode, errorCodes, isErrorCode } from '../../error.ts'
import type { ClientConfig } from '../../lambda/client-config.ts'
import { FunctionError } from '../../lambda/functions.ts'

/** What a command with `--json` prints about an error: the last line of standard error. */
export const errorDocument = z.strictObject({
  schema: z.literal(1),
  error: z.strictObject({
    message: z.string().describe('What happened, and what to do about it.'),
    code: z
      .enum(Object.keys(errorCodes) as ErrorCode[])
      .optional()
      .describe('Absent when the command itself was wrong.'),
    act: z.enum(['person', 'system']).optional().describe('Who has to act, by the code.'),
    topic: z.string().optional().describe('What the error is about, as far as it is known.'),
    partition: z.int().optional(),
    offset: z.int().optional(),
  }),
})

export type ErrorDocument = z.infer<typeof errorDocument>

/** @param config how the service is reached; undefined when that was not known yet */
export function errorDocumentOf(thrown: unknown, config?: ClientConfig): ErrorDocument {
  const error = thrown as Error
  const { topic, partition, offset } = error instanceof CodedError ? error : {}
  const code = codeOf(error)
  return {
    schema: 1,
    error: {
      message: explain(error, config),
      ...(code && { code, act: errorCodes[code].act }),
      ...{ topic, partition, offset },
    },
  }
}

/** An error for people: its message, and what the code says about it. */
export function errorText({ error: { message, code } }: ErrorDocument): string {
  const heading = `${styleText('red', 'Error:', { stream: process.stderr })} ${message}`
  if (!code) return heading
  const { act, meaning } = errorCodes[code]
  return `${heading}\n${code}, ${acts[act]}: ${meaning}`
}

function codeOf(error: Error): ErrorCode | undefined {
  if (error instanceof CodedError) return error.code
  return error instanceof FunctionError && isErrorCode(error.type) ? error.type : undefined
}

/** The message for an error: its own, or what to do when nothing answers. */
function explain(error: Error & { code?: string }, { endpoint }: ClientConfig = {}): string {
  if (endpoint && error instanceof SyntaxError)
    return `Something else answers at ${endpoint}. Run the service on another port, and this with the same OFFLINE_API_PORT.`
  const reasons = error instanceof AggregateError ? error.errors : [error]
  const isRefused = reasons.some(({ code }) => code === 'ECONNREFUSED')
  if (endpoint && isRefused)
    return `Nothing answers at ${endpoint}. Start the service first: npm start, or serverless offline.`
  return error.message || error.name
}
