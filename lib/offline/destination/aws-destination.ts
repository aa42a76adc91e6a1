import type { Destination } from './discarded.ts'
import type { Origin } from './invocation-record.ts'

export interface AwsDestinationOptions {
  arn: string
  /** A URL. */
  endpoint: string
  origin: Origin
  /** Of the mapping. */
  uuid: string
}

/** Opens a destination with the SDK's client, which is loaded with the first batch that is given up. */
export type AwsDestination = (options: AwsDestinationOptions) => Promise<Omit<Destination, 'name'>>

/** How long a request may take, in milliseconds, so that an endpoint that doesn't answer holds no partition for good. */
const REQUEST_MS = 30_000
const CONNECTION_MS = 3_000

/** What the SDK's clients have in common here. */
export function clientConfig(region: string | undefined, endpoint: string) {
  return {
    region,
    endpoint,
    requestHandler: { connectionTimeout: CONNECTION_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
  }
}
