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
  const opened = new WeakMap<ConfluentSettings, SchemaRegistry>()

  function registryOf(current: ConfluentSettings): SchemaRegistry {
    const registry = opened.get(current) ?? createConfluentRegistry(current)
    opened.set(current, registry)
    return registry
  }

  return {
    ...registryOf(settings),
    fetch: (schemaId, signal) =>
      renewal.run('SCHEMA_REGISTRY_ACCESS_DENIED', current => registryOf(current).fetch(schemaId, signal)),
  }
}
