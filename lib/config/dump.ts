import { failureSection } from './failure.ts'
import { formatSection } from './format.ts'
import { kafkaSection } from './kafka.ts'
import { objectsSection } from './objects.ts'
import { type Environment, readSections } from './section.ts'
import { storeSection } from './store.ts'

/** All environment variables of the function `dump`. */
export const dumpSections = {
  store: storeSection,
  format: formatSection,
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
  const topic = ['DEAD_LETTER_TOPIC', 'ABNORMAL_DATA_TOPIC'].find(name => environment[name])
  const brokersMissing = topic && !environment.SOURCE_KAFKA_BROKERS
  const faults = brokersMissing ? [`SOURCE_KAFKA_BROKERS: expected the brokers of ${topic}, got nothing`] : []
  return readSections(dumpSections, environment, faults)
}
