import { logicalIdOf } from '../../cloudformation/intrinsic.ts'
import type { Service } from './declaration.ts'
import { endpointVariables, parseOnFailure } from './on-failure.ts'

/** The account of resources that are only declared: that of AWS's examples, and the one that moto makes its resources in. */
const ACCOUNT = '123456789012'
const DEFAULT_REGION = 'us-east-1'

/** For each type of resource that can be a destination, the property that names it, and its service. */
const types: Record<string, { name: string; service: 's3' | 'sns' | 'sqs' }> = {
  'AWS::S3::Bucket': { name: 'BucketName', service: 's3' },
  'AWS::SNS::Topic': { name: 'TopicName', service: 'sns' },
  'AWS::SQS::Queue': { name: 'QueueName', service: 'sqs' },
}

/**
 * An on-failure destination as text. A reference to a queue, a topic or a bucket of the service becomes an ARN if the resource
 * has a name.
 *
 * @returns undefined for no destination, and for one that only CloudFormation knows
 */
export function destinationText(declared: unknown, { resources, provider }: Service): string | undefined {
  if (typeof declared === 'string') return declared || undefined
  const { Type = '', Properties } = resources?.Resources?.[logicalIdOf(declared) ?? ''] ?? {}
  const type = types[Type]
  const name = type && Properties?.[type.name]
  if (typeof name !== 'string') return undefined
  if (type?.service === 's3') return `arn:aws:s3:::${name}`
  return `arn:aws:${type?.service}:${provider?.region ?? DEFAULT_REGION}:${ACCOUNT}:${name}`
}

/** What the person has to know about a declared destination: nothing if it gets what fails. */
export function destinationWarnings(declared: unknown, service: Service): string[] {
  if (declared === undefined || declared === '') return []
  const text = destinationText(declared, service)
  const name = 'DestinationConfig.OnFailure.Destination'
  if (text === undefined) return [`${name} is only known to CloudFormation, so what would go there is discarded`]
  const destination = parseOnFailure(text)
  if (!destination || destination.kind === 'kafka' || destination.endpoint) return []
  return [
    `${name} ${text} has no endpoint here, so what would go there is discarded: set ${endpointVariables[destination.kind]} or AWS_ENDPOINT_URL`,
  ]
}
