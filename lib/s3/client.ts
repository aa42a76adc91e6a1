import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { S3Client } from '@aws-sdk/client-s3'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { recognizeAnswers } from './answer.ts'
import { HedgingHandler } from './hedge.ts'
import { repeatPassing } from './passing.ts'
import { DEFAULT_RETRIES, type RetrySettings, type StoreSettings } from './settings.ts'
import { leaveBodyUnsigned } from './unsigned-body.ts'

/** Time to connect before the attempt counts as failed. Connecting to another region takes well under a second. */
const CONNECTION_TIMEOUT_MS = 3_000

/** The SDK's default without a proxy. */
const CONNECTIONS_THROUGH_PROXY = 50

/** Creates the SDK's client for a store. */
export function createClient(settings: StoreSettings): S3Client {
  const { region, endpoint, forcePathStyle, profile, proxy, retries = DEFAULT_RETRIES } = settings
  const checksums = settings.checksum === 'none' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED'
  const client = new S3Client({
    region,
    endpoint,
    forcePathStyle,
    credentials: settings.credentials ?? (profile ? undefined : settings.identity),
    profile,
    useAccelerateEndpoint: settings.accelerate,
    // Undefined: for bodies of 2 MB or more. With a custom agent, the SDK would send the header without waiting for the answer.
    expectContinueHeader: settings.expectContinue === false || proxy ? false : undefined,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    retryStrategy: new ConfiguredRetryStrategy(retries.most + 1, repetition => pauseMs(repetition, retries)),
    requestHandler: new HedgingHandler(keepAlive => ({
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      ...(proxy ? proxyAgents(proxy, keepAlive) : { httpAgent: { keepAlive }, httpsAgent: { keepAlive } }),
    })),
  })
  recognizeAnswers(client)
  repeatPassing(client)
  // AWS is known to accept it. Of other stores it is not known.
  if (endpoint === undefined && settings.checksum !== 'none') leaveBodyUnsigned(client)
  return client
}

/** Half of each pause is random, so that functions that failed at the same time don't retry at the same time. */
function pauseMs(repetition: number, { firstPauseMs }: RetrySettings): number {
  return firstPauseMs * 2 ** (repetition - 1) * (0.5 + Math.random() / 2)
}

function proxyAgents(proxy: string, keepAlive: boolean) {
  const options = { keepAlive, maxSockets: CONNECTIONS_THROUGH_PROXY }
  return {
    httpAgent: new Agent({ ...options, proxyEnv: { HTTP_PROXY: proxy } }),
    httpsAgent: new TlsAgent({ ...options, proxyEnv: { HTTPS_PROXY: proxy } }),
  }
}
