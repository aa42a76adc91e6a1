import { Agent } from 'node:https'
import type { Readable } from 'node:stream'
import type { HttpRequest } from '@smithy/core/protocols'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { asCodedError, CodedError } from '../error.ts'
import { parseJson } from '../parse-json.ts'

/** Milliseconds to wait for a connection, and for data of the answer, before the registry counts as unavailable. */
const CONNECTION_TIMEOUT_MS = 3_000
const RESPONSE_TIMEOUT_MS = 10_000

/** Bytes of an answer. Registries keep a schema in a record, which has a megabyte unless the topic allows more. */
const LARGEST_ANSWER = 16 * 2 ** 20

/** PEMs with which a client of a registry and the registry trust one another. */
export interface RegistryTls {
  /** Of the authority that signed the registry's certificate; absent: the public authorities. */
  ca?: string
  /** The client's certificate and its private key, for mutual TLS. */
  cert?: string
  key?: string
  /** Of the private key, if it is encrypted. */
  passphrase?: string
}

/** A registry's answer with its parsed body, undefined when it is not JSON. */
export interface Answer {
  status: number
  body: unknown
}

/** Sends requests to one registry. */
export type Send = (request: HttpRequest, signal?: AbortSignal) => Promise<Answer>

/** Creates the HTTP client of a registry. It is the S3 client's, which is bundled anyway and keeps connections open. */
export function createHttp(tls: RegistryTls): Send {
  const handler = new NodeHttpHandler({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: RESPONSE_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpsAgent: new Agent({ keepAlive: true, ...tls }),
  })
  return async (request, abortSignal) => {
    try {
      const { response } = await handler.handle(request, { abortSignal })
      return { status: response.statusCode, body: parseJson(await text(response.body)) }
    } catch (error) {
      if (error instanceof CodedError) throw error
      throw failure(error as Error & { code?: string })
    }
  }
}

async function text(body: Readable): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LARGEST_ANSWER) {
      throw new CodedError(
        'SCHEMA_REGISTRY_REJECTED',
        `The schema registry answered with more than ${LARGEST_ANSWER} bytes`,
      )
    }
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

/** Whether the same request may succeed if it is repeated shortly. Source: RFC 9110, "Status Codes". */
export function isTransient(status: number): boolean {
  return status >= 500 || status === 408 || status === 429
}

export function unavailable(what: string, cause?: unknown): CodedError {
  return new CodedError('SCHEMA_REGISTRY_UNAVAILABLE', `The schema registry ${what}`, { retryable: true, cause })
}

export function isUnavailable(error: unknown): boolean {
  return asCodedError(error).code === 'SCHEMA_REGISTRY_UNAVAILABLE'
}

/**
 * The alerts with which a server refuses a client's certificate, or that there is none. Source: RFC 8446, "Error Alerts", in the
 * names of OpenSSL.
 */
const REFUSED_CERTIFICATE = /^ERR_SSL_\w+_ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$/

/** A connection error has an empty message if several addresses were tried, so its code is used. */
function failure(cause: Error & { code?: string }): CodedError {
  const { message, code = '', name } = cause
  if (!REFUSED_CERTIFICATE.test(code)) return unavailable(`could not be reached: ${message || code || name}`, cause)
  return new CodedError(
    'SCHEMA_REGISTRY_ACCESS_DENIED',
    `The schema registry refused the client’s certificate: ${code}`,
    {
      cause,
    },
  )
}
