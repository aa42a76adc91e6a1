import { allOrNothing, type Platform } from '../platform.ts'
import { isCloudEvents, toBatches } from './event.ts'

/**
 * Knative's KafkaSource: one record for one HTTP request, which the server (functions/server.ts) gathers into CloudEvents'
 * JSON batch. An error is the answer 500, which makes KafkaSource repeat the request as its delivery settings say.
 */
export const knative: Platform = {
  name: 'Knative KafkaSource',
  matches: isCloudEvents,
  toBatches: event => toBatches(event as unknown[]),
  toResponse: allOrNothing,
}
