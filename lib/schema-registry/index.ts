import { type ConfluentOptions, createConfluentRegistry } from './confluent.ts'
import type { ConfluentSettings } from './confluent-servers.ts'
import { createGlueRegistry, type GlueSettings } from './glue.ts'
import type { SchemaRegistry } from './schema-registry.ts'

export type SchemaRegistrySettings = ConfluentSettings | GlueSettings

/** @param options for registries whose schemas may refer to others; those of Glue don't */
export function createSchemaRegistry(settings: SchemaRegistrySettings, options?: ConfluentOptions): SchemaRegistry {
  return 'arn' in settings ? createGlueRegistry(settings) : createConfluentRegistry(settings, options)
}
