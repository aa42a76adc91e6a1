import * as z from 'zod'
import { type AccessConfiguration, registryAccessSchema } from './access-configuration.ts'
import type { FilteredField } from './filter-criteria.ts'

/** The schema registry with which a mapping validates records. */
export interface MappingRegistry {
  /** A URL, or an ARN of AWS Glue. Absent when only CloudFormation knows it. */
  uri?: string
  /** Whether the function gets JSON, or the bytes without the schema's id. */
  format: 'JSON' | 'SOURCE'
  validates: FilteredField[]
  access: AccessConfiguration[]
}

const fields: Record<'KEY' | 'VALUE', FilteredField> = { KEY: 'key', VALUE: 'value' }

/** Source: AWS Lambda API, `KafkaSchemaRegistryConfig`. */
export const schemaRegistrySchema = z
  .strictObject({
    SchemaRegistryURI: z.unknown().refine(uri => uri !== undefined && uri !== '', 'is missing'),
    EventRecordFormat: z.enum(['JSON', 'SOURCE']),
    SchemaValidationConfigs: z.array(z.strictObject({ Attribute: z.enum(['KEY', 'VALUE']) })).min(1),
    AccessConfigs: registryAccessSchema,
  })
  .transform(
    ({ SchemaRegistryURI: uri, EventRecordFormat, SchemaValidationConfigs, AccessConfigs }): MappingRegistry => ({
      uri: typeof uri === 'string' ? uri : undefined,
      format: EventRecordFormat,
      validates: [...new Set(SchemaValidationConfigs.map(({ Attribute }) => fields[Attribute]))],
      access: AccessConfigs,
    }),
  )
