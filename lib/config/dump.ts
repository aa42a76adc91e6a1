import { formats } from '../formats/index.ts'
import { valueFormatNames, valueFormats } from '../values/index.ts'
import { brokersFaults, failureSections } from './failure.ts'
import type { VariableFault } from './fault.ts'
import { formatSection } from './format.ts'
import { kafkaSection } from './kafka.ts'
import { folderColumns, objectsSection } from './objects.ts'
import { rotationSection } from './rotation.ts'
import { schemaRegistrySection } from './schema-registry.ts'
import { type Environment, readSections } from './section.ts'
import { keyFaults } from './staged-key.ts'
import { storeSection } from './store.ts'

/** All environment variables of the function `dump`. */
export const dumpSections = {
  store: storeSection,
  format: formatSection,
  schemaRegistry: schemaRegistrySection,
  keys: objectsSection,
  rotation: rotationSection,
  failure: failureSections.dump,
  source: kafkaSection('Source cluster, for the abnormal-data and dead-letter topics', 'SOURCE_KAFKA_'),
}

/**
 * The settings of the function `dump`.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readDumpSettings(environment: Environment) {
  const faults = [
    ...brokersFaults(environment),
    ...registryFaults(environment),
    ...columnFaults(environment),
    ...keyFaults(environment),
  ]
  return readSections(dumpSections, environment, faults)
}

function registryFaults({ VALUE_FORMAT = '', SCHEMA_REGISTRY_URL }: Environment): VariableFault[] {
  const withSchemas = valueFormatNames.filter(name => valueFormats[name].hasSchemas)
  const isNeeded = withSchemas.some(name => name === VALUE_FORMAT)
  const variable = 'SCHEMA_REGISTRY_URL'
  if (isNeeded && !SCHEMA_REGISTRY_URL)
    return [{ variable, expected: `the registry of ${VALUE_FORMAT}`, got: 'nothing' }]
  if (!isNeeded && SCHEMA_REGISTRY_URL)
    return [{ variable, expected: `nothing, unless VALUE_FORMAT is ${withSchemas.join(' or ')}` }]
  return []
}

/**
 * Query engines read a folder `topic=x` as a column `topic`. If the file has that column too, they refuse it or show the
 * folder's value instead of the record's. Column names are not case-sensitive.
 */
function columnFaults(environment: Environment): VariableFault[] {
  const format = formatSection.variables.FORMAT.safeParse(environment.FORMAT || undefined).data
  if (format === undefined) return []
  const taken = formats[format].columns.map(column => column.toLowerCase())
  const { variable, columns } = folderColumns(environment)
  return columns
    .filter(column => taken.includes(column.toLowerCase()))
    .map(column => ({ variable, expected: `another name than ${column}, which is a column of ${format}` }))
}
