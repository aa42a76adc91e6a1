import { brokersFaults, failureSections } from './failure.ts'
import { kafkaSection } from './kafka.ts'
import { type Environment, readSections } from './section.ts'

/**
 * The environment variables of a handler with a write of its own. What it skips may be missing from its target for good, so the
 * default policy is that of replications.
 */
export const eventHandlerSections = {
  failure: failureSections.replicate,
  source: kafkaSection('Source cluster, for the abnormal-data and dead-letter topics', 'SOURCE_KAFKA_'),
}

/**
 * The settings of a handler with a write of its own.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readEventHandlerSettings(environment: Environment) {
  return readSections(eventHandlerSections, environment, brokersFaults(environment))
}
