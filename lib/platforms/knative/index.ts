import { allOrNothing, type Platform } from '../platform.ts'
import { isCloudEvents, toBatches } from './event.ts'

/**
 * Knative's KafkaSource: one HTTP request per record. The server (functions/server.ts) collects records into a batch of
 * CloudEvents. It answers an error with 500, which makes KafkaSource repeat the request according to its delivery settings.
 */
export const knative: Platform = {
  title: 'Knative KafkaSource',
  matches: isCloudEvents,
  toBatches: event => toBatches(event as unknown[]),
  toResponse: allOrNothing,
}
