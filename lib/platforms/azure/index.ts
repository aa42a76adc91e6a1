import { allOrNothing, type Platform } from '../platform.ts'
import { isKafkaEvents, toBatches } from './event.ts'

/**
 * Azure Functions' Kafka trigger in batches. An error makes the host repeat the batch when the function has a retry policy or
 * `host.json` sets `commitOnFailure: false`. By default the extension commits the batch and continues.
 */
export const azure: Platform = {
  title: 'Azure Functions (Kafka trigger)',
  matches: isKafkaEvents,
  toBatches,
  toResponse: allOrNothing,
}
