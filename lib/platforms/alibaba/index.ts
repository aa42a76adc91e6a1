import { allOrNothing, type Platform } from '../platform.ts'
import { isMessageEvents, toBatches } from './event.ts'

/**
 * Alibaba Cloud Function Compute's trigger for ApsaraMQ for Kafka. An error makes the trigger repeat the batch
 * according to its retry policy.
 */
export const alibaba: Platform = {
  title: 'Alibaba Cloud Function Compute',
  matches: isMessageEvents,
  toBatches: event => toBatches(event as unknown[]),
  toResponse: allOrNothing,
}
