import { createReplicate } from '../lib/api/replicate.ts'

/** Produces each record of a Kafka event to the target cluster. */
export const handler = await createReplicate()
