import { allOrNothing, type Platform } from '../platform.ts'
import { isKafkaEvents, toBatches } from './event.ts'

/**
 * Azure Functions' Kafka trigger in batches. An error makes the host repeat the batch where the function has a retry
 * policy or `host.json` says `commitOnFailure: false`; the extension's default goes on as if nothing had happened.
 */
export const azure: Platform = {
  name: 'Azure Functions (Kafka trigger)',
  matches: isKafkaEvents,
  toBatches,
  toResponse: allOrNothing,
}
