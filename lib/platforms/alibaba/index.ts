import { allOrNothing, type Platform } from '../platform.ts'
import { isMessageEvents, toBatches } from './event.ts'

/**
 * Alibaba Cloud Function Compute's trigger for ApsaraMQ for Kafka. An error makes the trigger repeat the batch as its
 * retry policy says.
 */
export const alibaba: Platform = {
  name: 'Alibaba Cloud Function Compute',
  matches: isMessageEvents,
  toBatches: event => toBatches(event as unknown[]),
  toResponse: allOrNothing,
}
