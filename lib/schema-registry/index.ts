import { Renewal } from '../secrets/renewal.ts'
import { type ConfluentSettings, createConfluentRegistry } from './confluent.ts'
import { createGlueRegistry, type GlueSettings } from './glue.ts'
import type { SchemaRegistry } from './schema-registry.ts'

export type SchemaRegistrySettings = ConfluentSettings | GlueSettings

export function createSchemaRegistry(settings: SchemaRegistrySettings): SchemaRegistry {
  return 'arn' in settings ? createGlueRegistry(settings) : createRenewedRegistry(settings)
}

/** A registry with Confluent's API that goes on with new secrets when it refuses the old ones. */
function createRenewedRegistry(settings: ConfluentSettings): SchemaRegistry {
  const renewal = new Renewal(settings)
  const registry = createConfluentRegistry(settings)
  const registryOf = (current: ConfluentSettings) =>
    current === settings ? registry : createConfluentRegistry(current)
  return {
    ...registry,
    fetch: (schemaId, signal) =>
      renewal.run('SCHEMA_REGISTRY_ACCESS_DENIED', current => registryOf(current).fetch(schemaId, signal)),
  }
}
