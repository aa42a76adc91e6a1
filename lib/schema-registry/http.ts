import { Agent } from 'node:https'
import { text } from 'node:stream/consumers'
import type { HttpRequest } from '@smithy/core/protocols'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { CodedError } from '../error.ts'
import { parseJson } from '../parse-json.ts'

/** Milliseconds to wait for a connection, and for data of the answer, before the registry counts as unavailable. */
const CONNECTION_TIMEOUT_MS = 3_000
const RESPONSE_TIMEOUT_MS = 10_000

/** A registry's answer with its parsed body, undefined when it is not JSON. */
export interface Answer {
  status: number
  body: unknown
}

/** Sends requests to one registry. */
export type Send = (request: HttpRequest, signal?: AbortSignal) => Promise<Answer>

/**
 * Creates the HTTP client of a registry. It is the S3 client's, which is bundled anyway and keeps connections open.
 *
 * @param ca PEM of the authority that signed the registry's certificate; absent: the public authorities
 */
export function createHttp(ca?: string): Send {
  const handler = new NodeHttpHandler({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: RESPONSE_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpsAgent: new Agent({ keepAlive: true, ca }),
  })
  return async (request, abortSignal) => {
    try {
      const { response } = await handler.handle(request, { abortSignal })
      return { status: response.statusCode, body: parseJson(await text(response.body)) }
    } catch (cause) {
      throw unavailable(`could not be reached: ${reason(cause as Error & { code?: string })}`, cause)
    }
  }
}

/** Whether the same request may succeed if it is repeated shortly. Source: RFC 9110, "Status Codes". */
export function isTransient(status: number): boolean {
  return status >= 500 || status === 408 || status === 429
}

export function unavailable(what: string, cause?: unknown): CodedError {
  return new CodedError('SCHEMA_REGISTRY_UNAVAILABLE', `The schema registry ${what}`, { retryable: true, cause })
}

/** A connection error has an empty message if several addresses were tried, so its code is used. */
function reason({ message, code, name }: Error & { code?: string }): string {
  return message || code || name
}
