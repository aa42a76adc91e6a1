import * as z from 'zod'

/** Source: AWS Lambda API, `SourceAccessConfiguration`, for Kafka. */
const sourceAccessTypes = [
  ...(['BASIC_AUTH', 'SASL_SCRAM_256_AUTH', 'SASL_SCRAM_512_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'] as const),
  ...(['SERVER_ROOT_CA_CERTIFICATE', 'VPC_SUBNET', 'VPC_SECURITY_GROUP'] as const),
]

/** Source: AWS Lambda API, `KafkaSchemaRegistryAccessConfig`. */
const registryAccessTypes = ['BASIC_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH', 'SERVER_ROOT_CA_CERTIFICATE'] as const

/** What a mapping's login consists of, and where its secret is. */
export interface AccessConfiguration {
  type: (typeof sourceAccessTypes)[number]
  /** An ARN in Secrets Manager, or the id of a subnet or security group. Absent when only CloudFormation knows it. */
  uri?: string
}

function configurations<T extends AccessConfiguration['type']>(types: readonly T[], most: number) {
  const configuration = z
    .looseObject({ Type: z.enum(types), URI: z.unknown() })
    .transform(({ Type, URI }) => ({ type: Type as T, uri: typeof URI === 'string' ? URI : undefined }))
  return z.array(configuration).max(most).default([])
}

/** Source: AWS Lambda API, `CreateEventSourceMapping`, `SourceAccessConfigurations`: at most 22 items. */
export const sourceAccessSchema = configurations(sourceAccessTypes, 22)

/** Source: CloudFormation, `AWS::Lambda::EventSourceMapping SchemaRegistryConfig`: at most 2 items. */
export const registryAccessSchema = configurations(registryAccessTypes, 2)
