import { hasSchemas, valueFormatNames } from '../values/index.ts'
import { failureSection } from './failure.ts'
import { formatSection } from './format.ts'
import { kafkaSection } from './kafka.ts'
import { objectsSection } from './objects.ts'
import { schemaRegistrySection } from './schema-registry.ts'
import { type Environment, readSections } from './section.ts'
import { storeSection } from './store.ts'

/** All environment variables of the function `dump`. */
export const dumpSections = {
  store: storeSection,
  format: formatSection,
  schemaRegistry: schemaRegistrySection,
  keys: objectsSection,
  failure: failureSection,
  source: kafkaSection('Source cluster, for the abnormal-data and dead-letter topics', 'SOURCE_KAFKA_'),
}

/**
 * The settings of the function `dump`.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readDumpSettings(environment: Environment) {
  return readSections(dumpSections, environment, [...brokersFaults(environment), ...registryFaults(environment)])
}

function brokersFaults(environment: Environment): string[] {
  const topic = ['DEAD_LETTER_TOPIC', 'ABNORMAL_DATA_TOPIC'].find(name => environment[name])
  if (!topic || environment.SOURCE_KAFKA_BROKERS) return []
  return [`SOURCE_KAFKA_BROKERS: expected the brokers of ${topic}, got nothing`]
}

function registryFaults({ VALUE_FORMAT = '', SCHEMA_REGISTRY_URL }: Environment): string[] {
  const isNeeded = valueFormatNames.some(name => name === VALUE_FORMAT && hasSchemas(name))
  if (isNeeded && !SCHEMA_REGISTRY_URL)
    return [`SCHEMA_REGISTRY_URL: expected the registry of ${VALUE_FORMAT}, got nothing`]
  if (!isNeeded && SCHEMA_REGISTRY_URL)
    return ['SCHEMA_REGISTRY_URL: expected nothing, unless VALUE_FORMAT has schemas']
  return []
}
