import { createConfluentRegistry } from './confluent.ts'
import type { ConfluentSettings } from './confluent-servers.ts'
import { createGlueRegistry, type GlueSettings } from './glue.ts'
import type { SchemaRegistry } from './schema-registry.ts'

export type SchemaRegistrySettings = ConfluentSettings | GlueSettings

export function createSchemaRegistry(settings: SchemaRegistrySettings): SchemaRegistry {
  return 'arn' in settings ? createGlueRegistry(settings) : createConfluentRegistry(settings)
}
