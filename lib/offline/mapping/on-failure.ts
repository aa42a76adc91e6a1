/** The kinds of on-failure destinations of AWS. */
export type AwsDestinationKind = 's3' | 'sns' | 'sqs'

/** Where a mapping sends what it gives up. */
export type OnFailure = { kind: 'kafka'; topic: string } | { kind: AwsDestinationKind; arn: string; endpoint?: string }

/**
 * The variables that name the endpoint of a service. Only one that is named is used: on a laptop, nothing that failed goes to a
 * queue of AWS by accident. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
 */
export const endpointVariables: Record<AwsDestinationKind, string> = {
  s3: 'AWS_ENDPOINT_URL_S3',
  sns: 'AWS_ENDPOINT_URL_SNS',
  sqs: 'AWS_ENDPOINT_URL_SQS',
}

const KAFKA = 'kafka://'

/**
 * Reads an on-failure destination as it is declared.
 * Source: AWS Lambda API, `OnFailure`; "Using a Kafka topic as an on-failure destination" for `kafka://topic`.
 *
 * @returns undefined for anything else
 */
export function parseOnFailure(declared: string | undefined): OnFailure | undefined {
  if (declared?.startsWith(KAFKA)) return { kind: 'kafka', topic: declared.slice(KAFKA.length) }
  const [, kind] = /^arn:aws[a-z0-9-]*:(s3|sns|sqs):/.exec(declared ?? '') ?? []
  if (declared === undefined || kind === undefined) return undefined
  return { kind: kind as AwsDestinationKind, arn: declared, endpoint: endpointOf(kind as AwsDestinationKind) }
}

function endpointOf(kind: AwsDestinationKind): string | undefined {
  return process.env[endpointVariables[kind]] || process.env.AWS_ENDPOINT_URL || undefined
}
